"""Invariance tests: an irrelevant change must not change the answer."""

import random
from collections.abc import Iterator, Sequence
from itertools import product

from training.evaluation.behaviour import Behaviour, same
from training.evaluation.checklist.words import BAD, GOOD, PEOPLE, SENTENCES, THINGS, WORDS, pairs

__all__ = ["invariances"]


def invariances() -> Iterator[Behaviour]:
    def inv(name: str, cases: Sequence[tuple[str, ...]]) -> Behaviour:
        return Behaviour("INV", name, pairs(cases), same)

    words = (*GOOD[:4], *BAD[:4])
    forms = [f"{{}} told me that the food was {word}." for word in words]
    yield inv("Names", [tuple(form.format(name) for name in WORDS["names"]) for form in forms])
    forms = [f"The hotel in {{}} was {word}." for word in words]
    yield inv("Places", [tuple(form.format(place) for place in WORDS["places"]) for form in forms])
    forms = [f"The {{}} at the counter was {word}." for word in words]
    yield inv("Groups of people", [tuple(form.format(who) for who in PEOPLE) for form in forms])
    forms = [f"I ordered it on May {{0}} and item {{0}} was {word}." for word in words]
    yield inv("Numbers", [tuple(form.format(number) for number in (3, 14, 29)) for form in forms])
    yield inv(
        "A typo: two letters swapped",
        [(text, typo) for text in SENTENCES for typo in _typos(text)],
    )
    yield inv("Capitals and lower case", [(t, t.upper(), t.lower()) for t in SENTENCES])
    yield inv("A URL or a mention", [(t, f"{t} https://t.co/Ab1", f"@shop {t}") for t in SENTENCES])
    spaced = [(t, t[:-1], f"  {t.replace(' ', '  ')}", t.replace(".", " .")) for t in SENTENCES]
    yield inv("Spaces and full stops", spaced)
    short = product(THINGS, ("isn't", "wasn't", "doesn't look"), ("good", "great", "bad"))
    cases = [f"{thing} {verb} {word}." for thing, verb, word in short]
    spelt = [
        (t, t.replace("n't", " not"), t.replace("'", "’"), t.replace("'", "&#39;")) for t in cases
    ]
    yield inv("Contractions, spelt out and typographic", spelt)
    marks = [(t, *(t.replace("'", mark) for mark in "´‘ʼ′")) for t in WORDS["contracted"]]
    yield inv("Apostrophes of other shapes", marks)
    ends = (". ", "\n", "\r\n")
    lines = [tuple(line.replace("|", end) for end in ends) for line in WORDS["lines"]]
    yield inv("Line breaks instead of full stops", lines)
    named = [
        tuple(form.format(address.format(word)) for word in WORDS["address_words"])
        for form, address in product(WORDS["address_forms"], WORDS["addresses"])
    ]
    yield inv("Words in addresses, paths and file names", named)
    numbered = [
        (text, f"{text} {number}", f"{number}: {text}")
        for text in SENTENCES
        for number in WORDS["identifiers"]
    ]
    yield inv("Identifiers", numbered)


def _typos(text: str, how_many: int = 4) -> list[str]:
    # Seeded by the text, so that every run has the same typos.
    chance = random.Random(text)  # noqa: S311
    positions = [
        i for i in range(len(text) - 1) if text[i : i + 2].isalpha() and text[i] != text[i + 1]
    ]
    chosen = chance.sample(positions, how_many)
    return [text[:i] + text[i + 1] + text[i] + text[i + 2 :] for i in chosen]
