"""From raw text to the terms the model counts; the same code in training and serving.

Tokens are located in the original text (`bento.model.reading.tokens`), so that their positions are
known, and normalised one by one, so that the normal form of a token can be cached.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from bento.model.reading.cleaning import clean
from bento.model.reading.negation import SCOPE, reversed_words
from bento.model.reading.roles import SHIFTERS, role
from bento.model.reading.spelling import Speller
from bento.model.reading.tokens import normalise, pattern

__all__ = [
    "FEATURES",
    "NEGATION_SUFFIX",
    "forms",
    "mark_negation",
    "terms",
    "tokenise",
]

# Identifies the behaviour of this module and those it imports. An artifact stores the values it
# was trained with and does not load if they differ: change a value whenever behaviour changes.
FEATURES: dict[str, int | str] = {
    "text": 14,
    "language": 1,
    "ngrams": "1-2",
    "negation": f"{SCOPE} tokens",
    "weight": "binary-idf",
}

NEGATION_SUFFIX = "_NEG"

_NOBODY = Speller({})
# Of training alone, which reads each word many times; serving has the roles in a table.
_role = lru_cache(maxsize=100_000)(role)


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


def mark_negation(tokens: Sequence[str]) -> list[str]:
    """Append `_NEG` to each token that means the opposite (after Das and Chen 2001; Pang, Lee and
    Vaithyanathan 2002; see `bento.model.reading.negation`).

    >>> mark_negation(["not", "good", ".", "fine"])
    ['not', 'good_NEG', '.', 'fine']
    """
    marked = list(tokens)
    if not SHIFTERS.isdisjoint(tokens):
        for place in reversed_words(list(map(_role, tokens))):
            marked[place] += NEGATION_SUFFIX
    return marked


def terms(tokens: Sequence[str]) -> set[str]:
    """The terms that the model counts, each once: the tokens, marked where negated, and the pairs
    of neighbouring tokens, unmarked.

    >>> sorted(terms(["not", "good"]))
    ['good_NEG', 'not', 'not good']
    """
    pairs = {f"{first} {second}" for first, second in pairwise(tokens)}
    return pairs.union(mark_negation(tokens))
