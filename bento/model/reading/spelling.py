"""Reads words that people did not write as such: elongated ones, and hashtags.

Which words there are depends on the model: a word is read in another way only if the model does not
know it as it stands.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from bento.model.reading.tokens import fold, normalise

__all__ = ["Speller"]

_DOUBLED = re.compile(r"([^\W\d_])\1")
_MAX_DOUBLED = 4
"""Doubled letters of a word that are tried; those after them stay."""
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
_MAX_TAG = 32
"""Longest hashtag, in letters, that is split without capitals."""
_MAX_PART = 16
_SHORT_WORDS = """
    a i am an as at be by do go he if in is it me my no of on or ok so to up us we
"""
_SHORT = frozenset(_SHORT_WORDS.split())
"""Words of fewer than three letters that a hashtag may contain."""
_WORD_COST = 2.0
"""Cost of a further word in a hashtag, in units of idf: few long words are better than many short
ones."""


class Speller:
    """Reads words by the words of a model, `idf`: word → inverse document frequency. Rare words
    are worse readings of a hashtag than common ones."""

    def __init__(self, idf: Mapping[str, float]) -> None:
        self._idf = idf

    def word(self, form: str) -> str:
        """A normal form as the model knows it; a form that it does not know is tried with single
        letters for doubled ones, from the end.

        >>> Speller({"perfect": 1.0, "cool": 1.0}).word("cooll")
        'cool'
        """
        if form in self._idf or not _DOUBLED.search(form):
            return form
        return next((single for single in _single(form) if single in self._idf), form)

    def words(self, tag: str) -> list[str]:
        """The parts of a hashtag that are words, as written and in order, which have the length of
        the tag without its #; the whole if the model knows it or knows no parts.

        >>> speller = Speller({"love": 2.0, "it": 1.0, "terrible": 3.0, "service": 3.0})
        >>> speller.words("#LoveIt"), speller.words("#terribleservice"), speller.words("#NASA")
        (['Love', 'It'], ['terrible', 'service'], ['NASA'])
        """
        body = tag[1:]
        if self._knows(body):
            return [body]
        parts = _CAMEL.findall(body)
        if len(parts) > 1 and "".join(parts) == body and all(map(self._knows, parts)):
            return parts
        return self._split(body) or [body]

    def read(self, form: str) -> list[str]:
        """The forms for which a normal form stands: the words of a hashtag, one otherwise."""
        if form[0] != "#":
            return [self.word(form)]
        words = (normalise(part) for part in self.words(form))
        return [self.word(word) for word in words if word is not None]

    def _knows(self, part: str) -> bool:
        form = normalise(part)
        return form is not None and self.word(form) in self._idf

    def _split(self, body: str) -> list[str]:
        """The cheapest split into known words; none if there is none."""
        text = fold(body)
        size = len(text)
        if size != len(body) or size > _MAX_TAG or not text.isalpha():
            return []
        # best[end]: the cost of the text up to there, and where its last word starts.
        best: list[tuple[float, int]] = [(0.0, 0)]
        for end in range(1, size + 1):
            best.append(min(self._last_words(text, end, best), default=(float("inf"), 0)))
        if best[size][0] == float("inf"):
            return []
        parts: list[str] = []
        end = size
        while end:
            start = best[end][1]
            parts.append(body[start:end])
            end = start
        return parts[::-1]

    def _last_words(
        self, text: str, end: int, best: Sequence[tuple[float, int]]
    ) -> Iterator[tuple[float, int]]:
        for start in range(max(0, end - _MAX_PART), end):
            word = text[start:end]
            if len(word) < 3 and word not in _SHORT:
                continue
            if (idf := self._idf.get(word)) is not None:
                yield best[start][0] + idf + _WORD_COST, start


def _single(form: str) -> Iterator[str]:
    """The form with some of its doubled letters single: first one of them, the last one first."""
    doubled = [match.start() for match in _DOUBLED.finditer(form)][-_MAX_DOUBLED:][::-1]
    for count in range(1, len(doubled) + 1):
        for chosen in combinations(doubled, count):
            letters = list(form)
            for position in sorted(chosen, reverse=True):
                del letters[position]
            yield "".join(letters)
