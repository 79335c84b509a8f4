"""The terms of a model as integers: from a text to the rows of the weights, without building
strings for pairs or for negated tokens.

Each token has a number, each pair of tokens a key made of two numbers, and a table leads from a
token's number to the row of its negated form. Integer lookups keep a short text at microseconds.
"""

import re
from collections.abc import Sequence
from itertools import accumulate, chain, pairwise, repeat

import msgspec
import numpy as np
from numpy.typing import NDArray

from bento.model.reading import roles, text
from bento.model.reading.cleaning import clean
from bento.model.reading.negation import reversed_words
from bento.model.reading.spelling import Speller
from bento.model.reading.tokens import normalise, pattern

__all__ = ["BREAKS", "SPECIAL", "Terms", "Vocabulary", "speller"]

_group = re.Match.group
_span = re.Match.span

_BITS = 24
"""A pair's key is its first token's number, shifted by this many bits, plus its second's."""
_NO_KEY = np.iinfo(np.int64).max
_ROW = (1 << _BITS) - 1
_MAX_TOKEN_LENGTH = 32
"""Longest token that is cached, in code points."""
_MAX_TOKENS = 100_000
"""Size of the cache of tokens; a full cache is emptied."""


class _NumberCache(dict[str, int]):
    """Raw token → number of its normal form; 0 if unknown, -1 if the token has none. A cache of
    bounded size (about 15 MB), so that hostile texts cannot fill the memory."""

    def __init__(self, known: dict[str, int], speller: Speller) -> None:
        super().__init__()
        self._known = known
        self._speller = speller

    def __missing__(self, token: str) -> int:
        normal = normalise(token)
        number = -1 if normal is None else self._known.get(self._speller.word(normal), 0)
        if len(token) <= _MAX_TOKEN_LENGTH:
            if len(self) >= _MAX_TOKENS:
                self.clear()
            self[token] = number
        return number


class Terms(msgspec.Struct, frozen=True):
    """A model's terms (see `bento.model.reading.text.terms`). The number of a token is its index
    plus 1.

    The rows of the weights have the order of the terms: all tokens, then the negated tokens, then
    the pairs. Row 0 belongs to no term and stands for everything unknown.
    """

    tokens: list[str]
    """First all of SHIFTERS, then all of BREAKS, so that a token's number tells its kind; then all
    others, including those known only in negated form or from pairs."""
    negated: NDArray[np.int32]
    """(k,): numbers of the tokens whose negated form is a term."""
    pairs: NDArray[np.int32]
    """(p, 2): numbers of the two tokens of each pair."""

    @classmethod
    def of(cls, names: Sequence[str]) -> "Terms":
        """The terms with the given names, plus their tokens and SPECIAL."""
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


SPECIAL = (*sorted(roles.SHIFTERS), *sorted(roles.BREAKS))
"""The first tokens of every model."""
BREAKS = range(1 + len(roles.SHIFTERS), 1 + len(SPECIAL))
"""The rows of `bento.model.reading.roles.BREAKS`."""


class Vocabulary:
    """Maps texts to rows of the weights, given the terms and their idf (n,). `cache` holds the
    tokens looked up so far."""

    def __init__(self, terms: Terms, idf: NDArray[np.float32]) -> None:
        known = {token: number for number, token in enumerate(terms.tokens, start=1)}
        self._speller = speller(terms.tokens, idf.tolist())
        self.cache = _NumberCache(known, self._speller)
        self._number = self.cache.__getitem__
        self._role = [0, *map(roles.role, terms.tokens)].__getitem__
        row = len(known) + 1
        negated = np.zeros(row, dtype=np.int64)
        negated[terms.negated] = np.arange(row, row + len(terms.negated))
        self._negated: list[int] = negated.tolist()
        row += len(terms.negated)
        pairs = terms.pairs.astype(np.int64)
        keys: list[int] = (pairs[:, 0] << _BITS | pairs[:, 1]).tolist()
        self._pairs = dict(zip(keys, range(row, row + len(keys)), strict=True))
        order = np.argsort(keys)
        self._pair_keys = np.append(np.array(keys, dtype=np.int64)[order], _NO_KEY)
        self._pair_rows = np.append(order + row, 0)

    def numbers(self, raw: str) -> tuple[list[int], int]:
        """The numbers of a text's tokens, in order, 0 for an unknown one; and how many distinct
        tokens are unknown."""
        cleaned, _ = clean(raw)
        tokens: list[str] = pattern(cleaned).findall(cleaned)
        if "#" in cleaned:
            tokens = [word for token in tokens for word in self._words(token)]
        numbers = list(map(self._number, tokens))
        unknown = _distinct_unknown(tokens, numbers)
        if -1 in numbers:
            numbers = [number for number in numbers if number >= 0]
        return numbers, unknown

    def spans(self, raw: str) -> tuple[list[int], int, list[tuple[int, int]]]:
        """The result of `numbers`, and each token's start and end in the text, in code points."""
        cleaned, origins = clean(raw)
        matches = list(pattern(cleaned).finditer(cleaned))
        tokens: list[str] = list(map(_group, matches))
        spans = list(map(_span, matches))
        if "#" in cleaned:
            words = list(map(self._words, tokens))
            spans = list(chain.from_iterable(map(_parts, spans, words)))
            tokens = list(chain.from_iterable(words))
        numbers = list(map(self._number, tokens))
        unknown = _distinct_unknown(tokens, numbers)
        if -1 in numbers:
            spans = [span for span, number in zip(spans, numbers, strict=True) if number >= 0]
            numbers = [number for number in numbers if number >= 0]
        if origins:
            # The empty token that stands for a reply is at its end.
            end = len(raw), len(raw)
            spans = [origins.span(*span) if span[0] < span[1] else end for span in spans]
        return numbers, unknown, spans

    def tokens(self, numbers: list[int]) -> list[int]:
        """The row of each token, that of its negated form where it means the opposite (see
        `bento.model.reading.negation`)."""
        # The shifters have the lowest numbers, apart from 0.
        if min(filter(None, numbers), default=BREAKS.start) >= BREAKS.start:
            return numbers
        rows = numbers.copy()
        for place in reversed_words(list(map(self._role, numbers))):
            rows[place] = self._negated[numbers[place]]
        return rows

    def pairs(self, numbers: list[int]) -> list[int]:
        """The row of each pair of neighbouring tokens; 0 for an unknown pair."""
        keys = [first << _BITS | second for first, second in pairwise(numbers)]
        return list(map(self._pairs.get, keys, repeat(0)))

    def rows(self, texts: Sequence[list[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The distinct rows of each text's terms and row 0, ascending, for all texts; and where
        those of each text begin. Given the numbers of each text. For many texts this takes a third
        of the time of `tokens` and `pairs`."""
        places = np.arange(len(texts)) << _BITS
        numbers = np.fromiter(chain.from_iterable(texts), np.int64)
        tokens = np.fromiter(chain.from_iterable(map(self.tokens, texts)), np.int64)
        place = places.repeat(list(map(len, texts)))
        keys = numbers[:-1] << _BITS | numbers[1:]
        found = self._pair_keys.searchsorted(keys)
        known = (self._pair_keys[found] == keys) & (place[:-1] == place[1:])
        pairs = place[:-1][known] | self._pair_rows[found[known]]
        rows = np.unique(np.concatenate((places, place | tokens, pairs)))
        return rows & _ROW, rows.searchsorted(places)

    def _words(self, token: str) -> list[str]:
        return self._speller.words(token) if token[0] == "#" else [token]


def speller(tokens: Sequence[str], idf: Sequence[float]) -> Speller:
    """A speller of the tokens that have an idf; those known only from pairs have 0."""
    pairs = zip(tokens, idf, strict=False)
    return Speller({token: value for token, value in pairs if value and token not in roles.BREAKS})


def _parts(span: tuple[int, int], words: Sequence[str]) -> list[tuple[int, int]]:
    """The spans of the words at the end of a span."""
    ends = list(accumulate(map(len, words), initial=span[1] - sum(map(len, words))))
    return list(pairwise(ends))


def _distinct_unknown(tokens: Sequence[str], numbers: Sequence[int]) -> int:
    """The number of distinct normal forms among the tokens with number 0."""
    if numbers.count(0) < 2:
        return numbers.count(0)
    unknown = {token for token, number in zip(tokens, numbers, strict=True) if not number}
    return len(set(map(normalise, unknown)))
