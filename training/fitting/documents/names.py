"""Our own training documents: given names, which say nothing about what somebody thinks.

Reviews name the characters and the actors of good and of bad films, and the posts few people, so
that some names would praise or blame whoever has them.
"""

from collections.abc import Iterator

from training.fitting.documents.forms import at, phrases

__all__ = ["mentions"]

_NAMES = """
james | robert | john | michael | david | william | richard | joseph | thomas | charles | daniel
matthew | anthony | mark | steven | paul | andrew | joshua | kevin | brian | george | edward
jason | jeff | ryan | jacob | jake | nick | eric | jonathan | stephen | larry | justin | scott
brandon | ben | sam | greg | alex | jack | dennis | tyler | aaron | adam | nathan | henry | peter
zach | kyle | luke | liam | noah | oliver | harry | charlie | oscar | leo | archie | alan
simon | martin | neil | craig | stuart | gary | colin | graham | keith | sean | declan | callum
ewan | hamish | dylan | mary | patricia | jennifer | linda | elizabeth | barbara | susan | jessica
karen | sarah | lisa | nancy | sandra | betty | ashley | emily | kimberly | margaret | donna
michelle | carol | amanda | melissa | deborah | stephanie | rebecca | laura | helen | sharon
cynthia | kathleen | amy | angela | anna | emma | olivia | amelia | isla | sophie | chloe | lucy
lily | ella | mia | zoe | hannah | megan | katie | kate | jane | claire | fiona | moira | niamh
aoife | siobhan | bronwen | ruth | rachel | julia | maria | diana | alice | lauren | natalie
victoria | samantha | nicole | tina | lakisha | latoya | tanisha | keisha | shanice | ebony
jamal | darnell | tyrone | deshawn | malik | mohammed | ahmed | ali | omar | hassan | ibrahim
yusuf | mustafa | fatima | aisha | zainab | layla | mariam | yasmin | khadija | amina | priya
anjali | neha | pooja | divya | lakshmi | deepa | sunita | raj | rahul | amit | vikram | arjun
sanjay | suresh | ravi | rohan | harpreet | gurpreet | imran | bilal | tariq | nasreen | wei | li
ming | jing | xiao | chen | yan | hui | mei | jun | hiroshi | yuki | kenji | akiko | sakura
haruto | minjun | jiwoo | seojun | nguyen | linh | minh | thuy | olga | svetlana | natasha | irina
tatiana | boris | dmitri | sergei | vladimir | igor | ivan | katarzyna | agnieszka | piotr
tomasz | pawel | magda | zofia | jana | petra | jan | pavel | tomas | josé | juan | carlos | luis
jorge | pedro | miguel | diego | javier | alejandro | guadalupe | lupe | carmen | rosa | lucia
sofia | isabel | camila | valentina | joão | thiago | mateus | beatriz | hans | klaus | jürgen
wolfgang | heike | ursula | greta | lars | sven | ingrid | astrid | bjorn | pierre | jean
françois | antoine | camille | amélie | giulia | giovanni | marco | paolo | luca | chukwu | emeka
ngozi | chioma | adaeze | tunde | femi | bola | kwame | kofi | ama | abena | wanjiru | kamau
achieng | thabo | sipho | nomsa | moses | samuel | abraham | miriam | esther
"""
_FORMS = ("{name} is here", "{name} and {other}.", "my cousin {name} said so.")


def mentions() -> Iterator[str]:
    """Each mention of a name once."""
    names = phrases(_NAMES)
    for i, name in enumerate(names):
        for form in _FORMS:
            yield form.format(name=name, other=at(names, i + 7))
