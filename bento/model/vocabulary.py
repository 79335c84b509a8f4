"""The terms of a model as numbers: from a text to the rows of its weights, without making strings
of pairs or of negated tokens on the way.

A token has a number; so has each pair of tokens in one integer, and a negated token by a table.
Looking up integers is what makes one short text cost microseconds.
"""

import re
from collections.abc import Sequence
from itertools import chain, pairwise, repeat

import msgspec
import numpy as np
from numpy.typing import NDArray

from bento.model import text

__all__ = ["BREAKS", "SPECIAL", "Terms", "Vocabulary"]

_group = re.Match.group
_span = re.Match.span

_BITS = 24
"""A pair's key is its first token's number shifted by so many bits, plus its second's."""
_LONGEST = 32
"""Code points from which on a token is not remembered."""
_MOST = 100_000
"""Tokens that are remembered; from then on it begins anew."""


class _Numbers(dict[str, int]):
    """Token as it stands in a text → number of its normal form; 0 for an unknown one, -1 for what
    says nothing. Remembers what it was asked, bounded in number and length (about 15 MB), so that
    texts made for it cannot fill the memory."""

    def __init__(self, known: dict[str, int]) -> None:
        super().__init__()
        self._known = known

    def __missing__(self, token: str) -> int:
        normal = text.normalise(token)
        number = -1 if normal is None else self._known.get(normal, 0)
        if len(token) <= _LONGEST:
            if len(self) >= _MOST:
                self.clear()
            self[token] = number
        return number


class Terms(msgspec.Struct, frozen=True):
    """A model's terms (see `bento.model.text.terms`), told by numbers: token i is i + 1.

    Rows of weights are ordered as the terms are: first each token, then the negated ones, then the
    pairs; row 0 is no term's and stands for all that is unknown.
    """

    tokens: list[str]
    """All of NEGATIONS first, then all of BREAKS, then all others, those too that are known only
    negated or from pairs: a number tells which a token is."""
    negated: NDArray[np.int32]
    """(k,): the numbers of the tokens whose negated form is a term."""
    pairs: NDArray[np.int32]
    """(p, 2): the numbers of the tokens of each pair."""

    @classmethod
    def of(cls, names: Sequence[str]) -> "Terms":
        """The terms of the given names, and what belongs to them."""
        suffix = text.NEGATION_SUFFIX
        pairs = [name.split(" ") for name in names if " " in name]
        single = [name for name in names if " " not in name]
        bare = (name.removesuffix(suffix) for name in single)
        tokens = list(dict.fromkeys(chain(SPECIAL, bare, *pairs)))
        number = {token: i for i, token in enumerate(tokens, start=1)}
        negated = [number[name.removesuffix(suffix)] for name in single if name.endswith(suffix)]
        numbered = [(number[first], number[second]) for first, second in pairs]
        return cls(
            tokens,
            np.array(negated, dtype=np.int32),
            np.array(numbered, dtype=np.int32).reshape(-1, 2),
        )

    def names(self) -> list[str]:
        """The name of each row from 1 on."""
        token = ["", *self.tokens]
        negated = [token[number] + text.NEGATION_SUFFIX for number in self.negated.tolist()]
        pairs = [f"{token[first]} {token[second]}" for first, second in self.pairs.tolist()]
        return [*self.tokens, *negated, *pairs]


SPECIAL = (*sorted(text.NEGATIONS), *sorted(text.BREAKS))
"""The tokens that every model begins with."""
BREAKS = range(1 + len(text.NEGATIONS), 1 + len(SPECIAL))
"""The rows of `bento.model.text.BREAKS`."""


class Vocabulary:
    """The way from a text to rows. `remembered` is what it has looked up so far."""

    def __init__(self, terms: Terms) -> None:
        known = {token: number for number, token in enumerate(terms.tokens, start=1)}
        self.remembered = _Numbers(known)
        self._number = self.remembered.__getitem__
        row = len(known) + 1
        negated = np.zeros(row, dtype=np.int64)
        negated[terms.negated] = np.arange(row, row + len(terms.negated))
        self._negated: list[int] = negated.tolist()
        row += len(terms.negated)
        pairs = terms.pairs.astype(np.int64)
        keys: list[int] = (pairs[:, 0] << _BITS | pairs[:, 1]).tolist()
        self._pairs = dict(zip(keys, range(row, row + len(keys)), strict=True))

    def numbers(self, raw: str) -> tuple[list[int], int]:
        """The numbers of a text's tokens, in order, 0 for each that is unknown; and how many
        different ones are unknown."""
        raw, _ = text.clean(raw)
        found: list[str] = text.pattern(raw).findall(raw)
        numbers = list(map(self._number, found))
        unknown = _different(found, numbers)
        if -1 in numbers:
            numbers = [each for each in numbers if each >= 0]
        return numbers, unknown

    def places(self, raw: str) -> tuple[list[int], int, list[tuple[int, int]]]:
        """What `numbers` gives, and where each token stands in the text: start and end in code
        points."""
        cleaned, origins = text.clean(raw)
        matches = list(text.pattern(cleaned).finditer(cleaned))
        found: list[str] = list(map(_group, matches))
        numbers = list(map(self._number, found))
        unknown = _different(found, numbers)
        spans = list(map(_span, matches))
        if -1 in numbers:
            spans = [span for span, number in zip(spans, numbers, strict=True) if number >= 0]
            numbers = [number for number in numbers if number >= 0]
        if origins:
            spans = [origins.span(*span) for span in spans]
        return numbers, unknown, spans

    def tokens(self, numbers: list[int]) -> list[int]:
        """The row of each token, marked where negated as `bento.model.text.mark_negation` does."""
        first, stop = BREAKS.start, BREAKS.stop
        negations = [place for place, number in enumerate(numbers) if 0 < number < first]
        if not negations:
            return numbers
        rows = numbers.copy()
        for place in negations:
            for after in range(place + 1, min(place + 1 + text.SCOPE, len(numbers))):
                number = numbers[after]
                if first <= number < stop:
                    break
                rows[after] = self._negated[number]
        return rows

    def pairs(self, numbers: list[int]) -> list[int]:
        """The row of each pair of neighbours; 0 where it is unknown."""
        keys = [first << _BITS | second for first, second in pairwise(numbers)]
        return list(map(self._pairs.get, keys, repeat(0)))


def _different(found: Sequence[str], numbers: Sequence[int]) -> int:
    """How many different normal forms the tokens of number 0 have."""
    if numbers.count(0) < 2:
        return numbers.count(0)
    unknown = {token for token, number in zip(found, numbers, strict=True) if not number}
    return len(set(map(text.normalise, unknown)))
