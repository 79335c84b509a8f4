"""From raw text to the terms the model counts; the same code in training and serving.

Tokens are located in the original text (`bento.model.tokens`), so that their positions are known,
and normalised one by one, so that the normal form of a token can be cached.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from bento.model.cleaning import clean
from bento.model.spelling import Speller
from bento.model.tokens import CONTRACTED, normalise, pattern

__all__ = [
    "BREAKS",
    "FEATURES",
    "NEGATIONS",
    "NEGATION_SUFFIX",
    "SCOPE",
    "ends_negation",
    "forms",
    "mark_negation",
    "terms",
    "tokenise",
]

# Identifies the behaviour of this module and those it imports. An artifact stores the values it
# was trained with and does not load if they differ: change a value whenever behaviour changes.
FEATURES: dict[str, int | str] = {
    "text": 7,
    "language": 1,
    "ngrams": "1-2",
    "negation": "3 tokens",
    "weight": "binary-idf",
}

_NEGATIONS = """
    no not never nothing nobody none noone neither nor nowhere without hardly barely zero
    lack lacks lacking
"""
_BREAKS = """
    . .. : ; ! !! ? ?? !? ( ) " <> but although though however
"""
NEGATIONS = frozenset(CONTRACTED) | frozenset(_NEGATIONS.split())
BREAKS = frozenset(_BREAKS.split())
"""Punctuation and words that end the scope of a negation. `<>` is a line break or an HTML tag."""
SCOPE = 3
"""Tokens after a negation that are marked as negated, unless a break comes first. Marking up to the
next break, as `nltk.sentiment.util.mark_negation` does, was 0.15 points worse in trials."""
NEGATION_SUFFIX = "_NEG"

_NOBODY = Speller({})


def ends_negation(token: str) -> bool:
    """Whether a token's normal form ends the scope of a negation: breaks do, and so do ratings,
    emoji and emoticons, which tell the opinion themselves ("didn't like it 2/10").

    >>> [ends_negation(token) for token in [".", "2/10", "🙁", ":(", "good"]]
    [True, True, True, True, False]
    """
    if token in BREAKS or token.endswith("/10"):
        return True
    if token[0].isalnum():
        # The emoticons t_t, q_q, u_u and d:
        return "_" in token or token[-1] == ":"
    # A single sign is an emoji if it is not among the punctuation of ASCII and Latin-1.
    return len(token) > 1 or ord(token) >= 0x2190


def forms(text: str) -> list[str]:
    """The normal forms of a text's tokens, in order; hashtags as written."""
    text, _ = clean(text)
    return [form for form in map(normalise, pattern(text).findall(text)) if form is not None]


def tokenise(text: str, speller: Speller = _NOBODY) -> list[str]:
    """The normal forms of a text's words, emoticons, emoji and punctuation, in order, read by a
    model's `speller`.

    >>> tokenise("Great!!! @you did n't <br /> see http://x.y/z :-)")
    ['great', '!!', "didn't", '<>', 'see', ':)']
    """
    return [word for form in forms(text) for word in speller.read(form)]


def mark_negation(tokens: Iterable[str]) -> list[str]:
    """Append `_NEG` to each of the SCOPE tokens after a negation, up to a break (after Das and
    Chen 2001; Pang, Lee and Vaithyanathan 2002).

    >>> mark_negation(["not", "good", ".", "fine"])
    ['not', 'good_NEG', '.', 'fine']
    """
    marked = []
    left = 0
    for token in tokens:
        if ends_negation(token):
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
