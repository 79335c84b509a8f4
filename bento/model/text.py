"""From raw text to the terms the model counts; the same code in training and serving.

Tokens are located in the original text, so that their positions are known, and normalised one by
one, so that the normal form of a token can be cached. Every step takes time linear in the length
of the text, whatever the text: no regular expression here can backtrack over more than a bounded
stretch.
"""

import html
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise

__all__ = [
    "BREAKS",
    "FEATURES",
    "NEGATIONS",
    "NEGATION_SUFFIX",
    "SCOPE",
    "Origins",
    "clean",
    "fold",
    "normalise",
    "pattern",
    "terms",
    "tokenise",
]

# Identifies the behaviour of this module. An artifact stores the values it was trained with and
# does not load if they differ: change a value whenever the code's behaviour changes.
FEATURES: dict[str, int | str] = {
    "text": 3,
    "ngrams": "1-2",
    "negation": "3 tokens",
    "weight": "binary-idf",
}

_VERBS = """
    do does did is are was were have has had ca could should would wo ai must need might dare ought
"""
_CONTRACTED = [f"{verb}n't" for verb in _VERBS.split()]
_NEGATIONS = """
    no not never nothing nobody none noone neither nor nowhere without hardly barely
    lack lacks lacking
"""
_BREAKS = """
    . .. : ; ! !! ? ?? !? ( ) " <> but although though however
"""
NEGATIONS = frozenset(_CONTRACTED) | frozenset(_NEGATIONS.split())
BREAKS = frozenset(_BREAKS.split())
"""Tokens that end the scope of a negation."""
SCOPE = 3
"""Tokens after a negation that are marked as negated, unless a break comes first. Marking up to the
next break, as `nltk.sentiment.util.mark_negation` does, was 0.15 points worse in trials."""
NEGATION_SUFFIX = "_NEG"

_SPELLINGS = {word.replace("'", ""): word for word in _CONTRACTED} | {
    "cannot": "can't",
    "im": "i'm",
    "ive": "i've",
    "thats": "that's",
    "dnt": "don't",
    "cnt": "can't",
}

_URL = r"[A-Za-z]{3,6}://\S+|www\.\S+|"
_REST = (
    r"|[!?]+|\.\.+|[.,…]"
    r"|</?[A-Za-z][^<>]{0,80}>"  # an HTML tag: a break
    r"|@\w+"
    # Emoticons: <3 </3 :-) (: ^_^
    r"|<3+|</3|[:;=]['’]?[-o^]?[()\[\]DPp/\\|*3@$]{1,30}(?!\w)|\(['’]?[-o^]?[:;=](?!\w)|[-^>][_.][-^<]"
    r"|\d+(?:[./]\d+)*"  # 5, 10/10
    r"|[:;()\"%-]"
    r"|[\u2190-\u2bff\u3030\u303d\U0001f000-\U0001faff]"  # emoji, arrows, dingbats
)
# Words with their apostrophes, and hashtags.
_ASCII, _ANY = (rf"#?{letter}+(?:['’`]{letter}+)*{_REST}" for letter in ("[A-Za-z]", r"[^\W\d_]"))
_PATTERNS = tuple(re.compile(p) for p in (_ANY, _URL + _ANY, _ASCII, _URL + _ASCII))

# What `clean` replaces: entities, also repeatedly escaped ones (bounded, because `html.unescape`
# raises on a reference of thousands of digits), the space in "does n't", and characters that are
# invisible or do not affect sentiment: combining accents, format characters, variation selectors
# and skin tones.
_REPLACED = re.compile(
    r"&(?:amp;){0,3}(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});"
    r"| (?=n['’]t\b)"
    "|[\u0300-\u036f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)
_ELONGATION = re.compile(r"([^\W\d_])\1\1+")
_REPEATED_END = re.compile(r"(.)\1+$")
_MAX_WORD_LENGTH = 100


class Origins:
    """Maps offsets in a cleaned text to offsets in the original.

    `starts` are the offsets at which segments begin in the cleaned text, `origins` those in the
    original. Even segments, counted from 0, are unchanged; odd ones are replacements.
    """

    def __init__(self, starts: list[int], origins: list[int]) -> None:
        self._starts = starts
        self._origins = origins

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original's span for the cleaned text's span [start, end), which is not empty."""
        first = bisect_right(self._starts, start) - 1
        last = bisect_left(self._starts, end) - 1
        inside = 0 if first % 2 else start - self._starts[first]
        if last % 2:
            return self._origins[first] + inside, self._origins[last + 1]
        return self._origins[first] + inside, self._origins[last] + end - self._starts[last]


def clean(text: str) -> tuple[str, Origins | None]:
    """The text with entities decoded and invisible characters removed, and the mapping back to the
    original's offsets (None if they are the same).

    >>> clean("I &lt;3 it, I &amp;lt;3 it")[0]
    'I <3 it, I <3 it'
    """
    if text.isascii() and "&" not in text and " n't" not in text:
        return text, None
    parts: list[str] = []
    starts, origins = [0], [0]
    position = length = 0
    for match in _REPLACED.finditer(text):
        original = match[0]
        replacement = _unescape(original) if original[0] == "&" else ""
        if replacement == original:
            continue
        parts += (text[position : match.start()], replacement)
        length += match.start() - position
        starts += (length, length + len(replacement))
        position = match.end()
        origins += (match.start(), position)
        length += len(replacement)
    if not parts:
        return text, None
    parts.append(text[position:])
    return "".join(parts), Origins(starts, origins)


def _unescape(entity: str) -> str:
    while (unescaped := html.unescape(entity)) != entity:
        entity = unescaped
    return entity


def pattern(text: str) -> re.Pattern[str]:
    """The fastest of the patterns that match the tokens of this cleaned text; they all match the
    same."""
    return _PATTERNS[2 * text.isascii() + ("://" in text or "www." in text)]


def fold(text: str) -> str:
    """A word in plain lower-case letters: accents and typographic variants are folded, and runs of
    one letter are cut to two. Of a non-ASCII word the first 100 code points count.

    >>> fold("Sooooo ＨＡＰＰＹ’s café")
    "soo happy's cafe"
    """
    if not text.isascii():
        # One character may decompose into 18, so the length is limited.
        text = _ELONGATION.sub(r"\1\1", text)[:_MAX_WORD_LENGTH]
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in decomposed if not unicodedata.combining(char))
        text = text.replace("’", "'")
    return _ELONGATION.sub(r"\1\1", text.lower())


def normalise(token: str) -> str | None:
    """A token's normal form; None for tokens without meaning to the model (URLs and mentions).

    >>> [normalise(token) for token in ["GREAT", "#dont", "!!!!", "1984", ":-))", "@you"]]
    ['great', "don't", '!!', '0000', ':)', None]
    """
    first = token[0]
    if first == "@" or "://" in token or token.startswith("www."):
        return None
    if first == "<" and token[-1] == ">":
        return "<>"
    if first in "!?":
        return "!?" if "!" in token and "?" in token else first * min(len(token), 2)
    if first in ".…":
        return first if len(token) == 1 and first == "." else ".."
    # Some ligatures decompose into several words.
    word = fold(token).replace("`", "'").replace(" ", "").removeprefix("#")
    if not word:
        return None
    if word[0].isalpha():
        return _SPELLINGS.get(word, word)
    if word[0].isdigit():
        # Ratings are kept; other numbers of the same length are equal.
        is_rating = len(word) <= 2 or ("/" in word and len(word) <= 5)
        return word if is_rating else "0" * min(len(word), 5)
    if len(word) > 1:
        if word[0] in ":;=":
            word = re.sub("[o^-]", "", word)
        word = _REPEATED_END.sub(r"\1", word)
    return word


def tokenise(text: str) -> list[str]:
    """The normal forms of a text's words, emoticons, emoji and punctuation, in order.

    >>> tokenise("Great!!! @you did n't <br /> see http://x.y/z :-)")
    ['great', '!!', "didn't", '<>', 'see', ':)']
    """
    text, _ = clean(text)
    tokens = pattern(text).findall(text)
    return [form for form in map(normalise, tokens) if form is not None]


def mark_negation(tokens: Iterable[str]) -> list[str]:
    """Append `_NEG` to each of the SCOPE tokens after a negation, up to a break (after Das and
    Chen 2001; Pang, Lee and Vaithyanathan 2002).

    >>> mark_negation(["not", "good", ".", "fine"])
    ['not', 'good_NEG', '.', 'fine']
    """
    marked = []
    left = 0
    for token in tokens:
        if token in BREAKS:
            left = 0
            marked.append(token)
            continue
        marked.append(token + NEGATION_SUFFIX if left else token)
        left = SCOPE if token in NEGATIONS else max(left - 1, 0)
    return marked


def terms(tokens: Sequence[str]) -> set[str]:
    """The terms that the model counts, each once: the tokens, marked where negated, and the pairs
    of neighbouring tokens, unmarked.

    >>> sorted(terms(["not", "good"]))
    ['good_NEG', 'not', 'not good']
    """
    pairs = {f"{first} {second}" for first, second in pairwise(tokens)}
    return pairs.union(mark_negation(tokens))
