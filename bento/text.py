"""From raw text to the terms the model counts; the same code in training and serving.

Every step is linear in the length of the text, whatever the text: no regular expression here can
backtrack over more than a bounded stretch, and nothing normalises across an unbounded run of
combining marks (Unicode normalisation of a whole string is quadratic on such runs).
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

__all__ = [
    "FEATURES",
    "NEGATIONS",
    "bigrams",
    "mark_negation",
    "normalise",
    "tokenise",
    "unigrams",
]

# Names what `normalise`, `tokenise`, `mark_negation` and `bigrams` do. An artifact carries the
# settings it was trained with and does not load where they differ: change a value with the code.
FEATURES: dict[str, int | str] = {
    "text": 1,
    "ngrams": "1-2",
    "negation": "clause",
    "weight": "binary-idf",
}

_APOSTROPHES = "\u2018\u2019\u201b\u00b4\u02bc\uff07"
# Format characters, variation selectors and skin tones: invisible, or the same sentiment.
_INVISIBLE = (
    *range(0x0300, 0x0370),
    0x00AD,
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFE00, 0xFE10),
    0xFEFF,
    *range(0x1F3FB, 0x1F400),
    *range(0xE0020, 0xE0080),
)
# Latin letters with accents, general punctuation, enclosed, full-width and mathematical letters.
_FOLDED = (
    (0x80, 0x250),
    (0x1E00, 0x1F00),
    (0x2000, 0x2190),
    (0x2460, 0x2500),
    (0xFF00, 0xFFF0),
    (0x1D400, 0x1D800),
)


def _foldings() -> Iterator[tuple[int, str]]:
    for start, stop in _FOLDED:
        for code in range(start, stop):
            marked = unicodedata.normalize("NFKD", chr(code))
            plain = "".join(c for c in marked if not unicodedata.combining(c))
            if plain.isascii():
                yield code, plain


_FOLD: dict[int, str] = {
    **dict(_foldings()),
    **dict.fromkeys(_INVISIBLE, ""),
    **dict.fromkeys(map(ord, _APOSTROPHES), "'"),
}

# Bounded, because `html.unescape` alone raises on a reference of thousands of digits.
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_ELONGATION = re.compile(r"([a-z!?])\1\1+")

_TOKEN = re.compile(
    r"""
      https?://\S* | www?\.\S+ | @\w+ | </?[a-z][^<>]{0,200}>      # dropped: outside the group
    | (
        [^\W_]+ (?: '[^\W_]+ )?                                   # words, don't, movie's
      | (?<!\w) [<>]? [:;=] [-o^']? [)(\]\[dpox/\\|*3@$}{] (?!\w) # :-) ;p =(
      | </?3 | \^_*\^
      | [\u2190-\u2bff\u3030\u303d\U0001f000-\U0001faff]          # emoji, arrows, dingbats
      | [!?]{1,2}
      | [.:;]                                                     # end a clause
      )
    """,
    re.VERBOSE,
)

NEGATION_SUFFIX = "_NEG"
_CLAUSE_END = frozenset({".", ":", ";", "!", "?", "!!", "??", "?!", "!?"})
_SILENT = frozenset({".", ":", ";"})
# NLTK's list (nltk.sentiment.util.NEGATION) and a few that it lacks.
_NEGATIONS = """
    never no nothing nowhere noone none not nobody neither nor cannot without hardly
    havent hasnt hadnt cant couldnt shouldnt wont wouldnt dont doesnt didnt isnt arent aint
    wasnt werent
"""
_NEGATED_VERBS = """
    do does did is are was were have has had ca could should would wo ai must need might sha dare
    ought
"""
NEGATIONS = frozenset(_NEGATIONS.split()) | {f"{verb}n't" for verb in _NEGATED_VERBS.split()}


def normalise(text: str) -> str:
    """Lower-case text in plain letters: entities decoded, accents, invisible characters and
    typographic variants folded, letters repeated more than twice cut to two.

    >>> normalise("I&#39;m sooooo ＨＡＰＰＹ… does n’t matter")
    "i'm soo happy... doesn't matter"
    """
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    if not text.isascii():
        text = text.translate(_FOLD)
    text = text.lower().replace(" n't", "n't")
    return _ELONGATION.sub(r"\1\1", text)


def tokenise(text: str) -> list[str]:
    """Words, emoticons, emoji and clause punctuation, in order; URLs, @mentions and HTML tags left
    out.

    >>> tokenise("Great!!! @you don't <br /> see http://x.y/z :-)")
    ['great', '!!', "don't", 'see', ':-)']
    """
    return [token for token in _TOKEN.findall(normalise(text)) if token]


def mark_negation(tokens: Sequence[str]) -> list[str]:
    """Append `_NEG` to each token between a negation and the end of its clause, as NLTK's
    `nltk.sentiment.util.mark_negation` does (Das and Chen 2001; Pang, Lee and Vaithyanathan 2002).

    >>> mark_negation(["not", "good", ".", "fine"])
    ['not', 'good_NEG', '.', 'fine']
    """
    if NEGATIONS.isdisjoint(tokens):
        return list(tokens)
    marked = []
    negated = False
    for token in tokens:
        if token in _CLAUSE_END:
            negated = False
            marked.append(token)
        elif negated:
            marked.append(token + NEGATION_SUFFIX)
        else:
            negated = token in NEGATIONS
            marked.append(token)
    return marked


def unigrams(text: str, stems: Mapping[str, str]) -> list[str]:
    """The text's tokens as terms: stemmed by the table `stems` (word → stem; a word that is not in
    it stands for itself), negation marked, silent punctuation left out.

    >>> unigrams("It isn't working. Loved it!", {"loved": "love", "working": "work"})
    ['it', "isn't", 'work_NEG', 'love', 'it', '!']
    """
    stem = stems.get
    tokens = mark_negation([stem(token, token) for token in tokenise(text)])
    return [token for token in tokens if token not in _SILENT]


def bigrams(words: Sequence[str]) -> list[str]:
    """The bigrams of a list of terms.

    >>> bigrams(["a", "b", "c"])
    ['a b', 'b c']
    """
    return [f"{first} {second}" for first, second in pairwise(words)]
