"""The tokens of a text, and the normal form of each.

Tokens are words, numbers, ratings, emoticons, emoji, punctuation and line breaks, located in the
text by one regular expression; a reply that says nothing has one empty token instead. Every step
takes time linear in the length of the text, whatever the text: no regular expression here can
backtrack over more than a bounded stretch.
"""

import re
import unicodedata

from bento.model.reading.masks import MASKED, may_hide, unmasked
from bento.model.reading.ratings import FIRST_WORDS, NO_RATING, RATING, rating
from bento.model.reading.replies import says_nothing

__all__ = ["CONTRACTED", "REPLY", "fold", "normalise", "pattern"]

REPLY = "<reply>"
"""The normal form of an empty token, which stands for a whole text that says nothing."""

_VERBS = """
    do does did is are was were have has had ca could should would wo ai must need might dare ought
"""
CONTRACTED = tuple(f"{verb}n't" for verb in _VERBS.split())
"""The contracted negations."""

_SPELLINGS = {word.replace("'", ""): word for word in CONTRACTED} | {
    "cannot": "can't",
    "im": "i'm",
    "ive": "i've",
    "thats": "that's",
    "dnt": "don't",
    "cnt": "can't",
}

# Addresses and files: what they are called says nothing about the writer's opinion. Only domains
# and endings that are not English words are recognised without a path, since many comments lack
# the space after a full stop ("great.it works").
_DOMAINS = """
    com net org edu gov mil info biz io ai co uk de fr es nl eu ca au ru br jp cn ch se dk fi pl ie
    nz app dev tv gg xyz online shop store site example test local localhost
"""
_ENDINGS = """
    log txt csv tsv json jsonl xml yaml yml toml ini cfg conf py js ts jsx tsx java cpp rb rs html
    htm css php sql sh bat exe dll apk dmg msi deb rpm zip tar gz rar iso pdf doc docx xls xlsx ppt
    pptx odt ods png jpg jpeg gif svg webp heic bmp mp3 mp4 mov avi mkv wav bin dat bak tmp env md
"""


def _any_of(words: str) -> str:
    return "|".join(words.split())


_ADDRESS = (
    r"[A-Za-z]{3,6}://\S+"
    # One look ahead spares most words the alternatives.
    r"|(?=[\w+-]{1,64}[.@])(?:www\.\S+"
    r"|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"
    rf"|(?:[A-Za-z0-9-]{{1,63}}\.){{1,4}}(?:(?i:{_any_of(_DOMAINS)})(?![\w'’])(?:[:/]\S*)?"
    r"|[A-Za-z]{2,24}/\S+)"
    rf"|[\w-]{{1,64}}\.(?i:{_any_of(_ENDINGS)})(?![\w'’]))"
    r"|(?<![\w/.])~?/[\w.@-]{1,64}(?:/[\w.@-]{1,64}){1,32}/?"
    r"|[A-Za-z]:\\\S+"
)
# UUIDs, order numbers and the like: groups joined by hyphens, with four digits or more. Names in
# programs: words joined by underscores. Branches: a slash, and words joined by hyphens.
_GROUP = "[A-Za-z0-9]{1,32}"
_IDENTIFIER = (
    rf"(?<![\w-])(?=(?:[A-Za-z-]{{0,16}}\d){{4}}){_GROUP}(?:-{_GROUP}){{1,8}}(?![\w-])"
    rf"|(?<!\w)(?=\w{{0,32}}[A-Za-z0-9]{{2}}){_GROUP}(?:_{{1,2}}{_GROUP}){{1,8}}(?!\w)"
    rf"|(?<![\w/-])[a-z]{{2,16}}/{_GROUP}(?:-{_GROUP}){{2,8}}(?![\w/-])"
)
# Names, with the word that tells: "called Wonderful", "Mr Grim".
_NAMING = "called named titled entitled nicknamed"
_TITLES = "Mr Mrs Ms Dr"
_BEFORE_NAME = rf"(?:(?:{_any_of(_NAMING)}) ['‘\"“]?|(?:{_any_of(_TITLES)})\.? )"
_NAMED = rf"(?<!\w){_BEFORE_NAME}[A-Z][a-z]{{1,24}}(?: [A-Z][a-z]{{1,24}}){{0,3}}(?![\w'’])"
# Emoticons that begin or end with a letter or with what is punctuation elsewhere.
_FACES = (
    r"|(?<!\w)(?:T[_.]+T|Q_+Q|;_+;|[oO]_+[oO]|[>-][_.]+[<-]|u_+u)(?!\w)"
    r"|(?<!\S)[)(]['’]?-?[:=](?!\w)|(?<!\S)D:(?=\s{0,3}(?:$|\n))"
)
_REST = (
    r"|[!?]+|\.\.+|[.,…]|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+"
    r"|</?[A-Za-z][^<>]{0,80}>"  # an HTML tag: a break
    r"|@\w+"
    # Emoticons: <3 </3 :-) (: ^_^
    r"|<3+|</3|[:;=]['’]?[-o^]?[()\[\]DPp/\\|*3@$]{1,30}(?!\w)|\(['’]?[-o^]?[:;=](?!\w)|[-^>][_.][-^<]"
    r"|\d+(?:[./]\d+)*"  # 5, 10/10
    r"|[:;()\"%-]"
    r"|[\u2190-\u2bff\u3030\u303d\U0001f000-\U0001faff]"  # emoji, arrows, dingbats
)
# Words with their apostrophes, and hashtags.
_ASCII, _ANY = (
    rf"#?{letter}+(?:[{apostrophes}]{letter}+)*{_REST}"
    for letter, apostrophes in (("[A-Za-z]", "'`"), (r"[^\W\d_]", "'`’´‘ʼ′＇"))
)
_SPECIAL = f"{_ADDRESS}|{_IDENTIFIER}|{_NAMED}|{NO_RATING}|{RATING}|{MASKED}{_FACES}|"
# Most tokens: words and marks that none of the special ones can begin with. Trying those at each of
# them would take three times as long.
_BEGINNINGS = "|".join((*FIRST_WORDS, *_NAMING.split(), *_TITLES.split()))
_PLAIN = (
    rf"(?!(?i:{_BEGINNINGS})\b)LETTER++(?=[ ,?;)\n]|!(?![A-Za-z$])|\.\s|\.?$)"
    r"|[!?]+|\.\.+|\.(?!\d)|,|"
)
_PLAIN_ASCII, _PLAIN_ANY = (_PLAIN.replace("LETTER", each) for each in ("[A-Za-z]", r"[^\W\d_]"))
# No token begins with a space.
_PATTERNS = tuple(
    re.compile(f"(?! )(?:{tokens})")
    for tokens in (_ANY, _PLAIN_ANY + _SPECIAL + _ANY, _ASCII, _PLAIN_ASCII + _SPECIAL + _ASCII)
)
_HINTS = (
    *("/", "_", "*", "★", "☆", "⭐", "✩", "✭", "\\", "+", "D:", "):", ")=", ")-"),
    *("ut of ", "ut Of ", "UT OF ", "star", "Star", "STAR"),
    *("ating:", "ating=", "ating :", "ating =", "ATING"),
)
_END = re.compile(r"\Z")
_hinted = re.compile("|".join(map(re.escape, _HINTS))).search
_numbered = re.compile(r"\d\w{0,31}-\w|\w-\w{0,31}\d").search

_APOSTROPHES = str.maketrans(dict.fromkeys("’´‘ʼ′＇`", "'"))
_ELONGATION = re.compile(r"([^\W\d_])\1\1+")
_REPEATED_END = re.compile(r"(.)\1+$")
_MAX_WORD_LENGTH = 100
_masked = re.compile(MASKED).fullmatch
_NAME = re.compile(rf"@\w+|{_ADDRESS}|{_IDENTIFIER}|{_NAMED}|{NO_RATING}")


def pattern(text: str) -> re.Pattern[str]:
    """The fastest of the patterns that match the tokens of this cleaned text; they all match the
    same. Of a reply that says nothing only the end is matched, as an empty token."""
    if says_nothing(text):
        return _END
    # Few texts have a hyphen, and looking for a digit before one takes twice as long as the hints.
    special = (
        bool(_hinted(text))
        or _has_name(text)
        or ("-" in text and bool(_numbered(text)))
        or may_hide(text)
    )
    if not special and "." in text:
        # A full stop inside a word may belong to an address.
        special = text.count(".") != text.count(". ") + text.endswith(".")
    return _PATTERNS[2 * text.isascii() + special]


def _has_name(text: str) -> bool:
    """Whether a name may follow one of _NAMING or _TITLES. These begin with frequent letters, with
    which the search for hints would take three times as long."""
    return (
        "called " in text
        or "named " in text
        or "titled " in text
        or "Mr" in text
        or "Ms" in text
        or "Dr" in text
    )


def fold(text: str) -> str:
    """A word in plain lower-case letters: accents and typographic variants are folded, and runs of
    one letter are cut to two. Of a non-ASCII word the first 100 code points count.

    >>> fold("Sooooo ＨＡＰＰＹ’s café")
    "soo happy's cafe"
    """
    if not text.isascii():
        # One character may decompose into 18, so the length is limited.
        text = _ELONGATION.sub(r"\1\1", text)[:_MAX_WORD_LENGTH].translate(_APOSTROPHES)
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _ELONGATION.sub(r"\1\1", text.lower())


def normalise(token: str) -> str | None:
    """A token's normal form: REPLY for an empty one, and None for tokens without meaning to the
    model (addresses, mentions, files, identifiers, names). Hashtags keep their # and their case,
    from which `bento.model.reading.spelling` reads words.

    >>> [normalise(token) for token in ["GREAT", "dont", "!!!!", "1984", ":-))", "@you"]]
    ['great', "don't", '!!', '0000', ':)', None]
    >>> [normalise(token) for token in ["4.5/5", "★★☆☆☆", "zero stars", "sh*t", "a.log", "#So"]]
    ['9/10', '4/10', '0/10', 'shit', None, '#So']
    """
    if not token:
        return REPLY
    first = token[0]
    if first in "!?":
        return "!?" if "!" in token and "?" in token else first * min(len(token), 2)
    if first in ".…" and not token.strip(".…"):
        return first if len(token) == 1 and first == "." else ".."
    if first == "#":
        return token
    if (first == "<" and token[-1] == ">") or first.isspace():
        return "<>"
    if not token.isalpha():
        special = _special(token, first)
        if special != token:
            return special
    # Some ligatures decompose into several words.
    word = fold(token).replace("`", "'").replace(" ", "")
    if not word:
        return None
    if word[0].isalpha():
        return _SPELLINGS.get(word, word)
    if word[0].isdigit():
        # Short numbers and shares are kept; other numbers of the same length are equal.
        is_short = len(word) <= 2 or ("/" in word and len(word) <= 5)
        return word if is_short else "0" * min(len(word), 5)
    return _emoticon(word) if len(word) > 1 else word


def _special(token: str, first: str) -> str | None:
    """The normal form of an address, a rating or a masked word; the token itself if it is none."""
    if rated := rating(token):
        return rated
    if first.isalpha() and _masked(token):
        return unmasked(token.lower())
    return None if _NAME.fullmatch(token) else token


def _emoticon(face: str) -> str:
    """One form for the variants of a face: eyes are colons, noses are dropped, and mirrored faces
    are turned round."""
    if face[0] in ":;=":
        face = re.sub("[o^'’-]" if face[1] == "-" or face[1] in "o^" else "[o^-]", "", face)
        face = face.replace("=", ":")
    elif face[0] in "()" and face[-1] in ":;=":
        face = ":" + ("(" if face[0] == ")" else ")")
    elif face[0] == "d" and face[-1] == ":":
        return "d:"
    return _REPEATED_END.sub(r"\1", face)
