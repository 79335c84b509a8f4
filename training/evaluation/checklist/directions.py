"""Directional tests: a change must not move the answer the wrong way."""

from collections.abc import Iterator, Sequence
from itertools import product

from training.evaluation.behaviour import Behaviour, Expectation, falls, rises
from training.evaluation.checklist.words import BAD, GOOD, SENTENCES, THINGS, WORDS, pairs

__all__ = ["directions"]


def directions() -> Iterator[Behaviour]:
    def direct(name: str, cases: Sequence[tuple[str, ...]], expected: Expectation) -> Behaviour:
        return Behaviour("DIR", name, pairs(cases), expected)

    def stronger(words: Sequence[str], adverbs: Sequence[str]) -> list[tuple[str, ...]]:
        chosen = product(THINGS, words, adverbs)
        return [(f"{t} is {word}.", f"{t} is {adverb} {word}.") for t, word, adverb in chosen]

    yield direct("Intensified praise is no less positive", stronger(GOOD[:4], WORDS["very"]), rises)
    yield direct("Intensified blame is no less negative", stronger(BAD[:4], WORDS["very"]), falls)
    yield direct("Softened blame is no more negative", stronger(BAD[:4], WORDS["slightly"]), rises)
    for added, effect, expected in (
        ("I love it.", "no less positive", rises),
        ("I hate it.", "no more positive", falls),
    ):
        cases = [(text, f"{text} {added}") for text in SENTENCES]
        yield direct(f"“{added}” added makes it {effect}", cases, expected)
    plain = [f"{t} is {w}" for t, w in product(THINGS, GOOD[:4])]
    yield direct("Exclamation marks keep praise", [(t, f"{t}!", f"{t}!!!") for t in plain], rises)
    plain = [f"{t} is {w}" for t, w in product(THINGS, BAD[:4])]
    yield direct("Exclamation marks keep blame", [(t, f"{t}!", f"{t}!!!") for t in plain], falls)
