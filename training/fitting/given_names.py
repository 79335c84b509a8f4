"""Given names, which say nothing about what somebody thinks.

Reviews name the characters and the actors of good and of bad films, so that without this list some
names would count as praise, and others as blame. Names that are common words as well ("Grace",
"Mark", "Joy") are not in it, because these words do have a meaning.
"""

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from bento.model.reading.text import NEGATION_SUFFIX, tokenise

__all__ = ["have_name"]

_NAMES = """
aaliyah aaron abena abraham achieng adaeze adam agnes agnieszka ahmed aisha akiko alan albert
alejandro alessandro alex alexander alice amanda amelia amina amit amy amélie anand anastasia
andrew angela anjali anna anthony antoine antonio aoife archie arjun arthur ashley astrid audrey
austin barbara beatrice beatriz ben benjamin betty beverly bianca bilal billy bjorn bob bobby
boris bradley brandon brenda brian brittany bronwen bruce bryan callum camila camille carl
carlos carmen catherine charles charlie chen cheng chioma chloe chris chukwu claire clara clive
colin craig cynthia daniel danielle darnell dave david debbie deborah declan deepa denise dennis
derek deshawn desmond diana diego dieter divya dmitri dolores dominic donna dorothy douglas
dylan ebony edith eduardo edward eleanor elizabeth ella emeka emily emma enrique eric erin
ernest esther ethan eugene eva evan evelyn ewan fatima felix femi feng fernando fiona frances
francesca francisco françois fred freya fritz gabriel ganesh gareth gary george georgia gerald
gertrude giles giovanni giulia giuseppe gloria graham greg gregory greta guadalupe gurpreet
gustav günter hakeem hamish hannah hans harold harpreet harriet harry haruto hassan heather
heike heinrich helen helga henry hiroshi howard hugo hui hussein ibrahim igor imani imogen imran
ingeborg ingrid irina isabel isabella isla ivan jacob jacques jake jamal james jana jane janet
jason javier jeff jeffrey jennifer jeremy jerry jesse jessica jim jing jiwoo joan joe john
johnny jonathan jordan jorge joseph joshua josé joão juan judith julia julie jun justin
jürgen kamala kamau karen karim katarzyna kate kathleen katie kavita keisha keith kelly kenji
kevin khadija khalid kimberly klaus kofi krishna kwame kyle lakisha lakshmi larry lars latoya
laura lauren lawrence layla leila leo leonard liam lily linda linh lisa logan luca lucia lucy
luis lupe magda malik manuel marcel marco margaret maria mariam marilyn marisol martha martin
mary mateus matilda matt matthew meera megan mehmet mei melissa mia michael michelle miguel mike
mikhail ming minh minjun miriam mohammed moira monica moses muhammad mustafa nancy naomi nasreen
natalie natasha nathan neha neil ngozi nguyen niamh nicholas nick nicole nigel noah nomsa norman
olga oliver olivia oluwaseun omar oscar owen pamela paolo patricia patrick paul pavel pawel
pedro pete peter petra philip phoebe pierre pilar piotr pooja poppy priya rachel rahul raj
rajesh rashid raul ravi rebecca rhys ricardo richard robert roberto roger rohan rosa rosie
rupert russell ruth ryan sakura sam samantha samuel sandra sanjay sarah scott sean seojun sergei
shanice sharon simon siobhan sipho sofia sophie soraya stanley stephanie stephen steve steven
stuart sunita suresh susan sven svetlana takeshi tanisha tariq tatiana ted teresa terry thabo
theo thiago thomas thuy tim tina toby tom tomas tomasz tracy trevor tunde tyler tyrone ursula
valentina valerie vanessa veronica victor victoria vikram vincent vladimir walter wanjiru wei
wendy william wolfgang xavier xiao ximena yan yasmin yolanda yuki yuri yusuf zach zachary zainab
zoe zofia
"""
_TOKENS = frozenset(chain.from_iterable(map(tokenise, _NAMES.split())))
"""As the model reads them, in lower case and without accents."""


def have_name(terms: Sequence[str]) -> NDArray[np.bool_]:
    """(terms,): whether each term, a word or a pair of words, has a given name."""
    return np.array([any(map(_is_name, term.split(" "))) for term in terms], dtype=bool)


def _is_name(word: str) -> bool:
    return word.removesuffix(NEGATION_SUFFIX) in _TOKENS
