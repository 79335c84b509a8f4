"""The behaviour suite: templates combined with the words of checklist.toml."""

import random
import tomllib
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

from training.evaluation.behaviour import (
    Answer,
    Behaviour,
    Expectation,
    falls,
    is_any,
    rises,
    same,
)

__all__ = ["suite"]

_WORDS: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
_THINGS, _GOOD, _BAD = _WORDS["things"], _WORDS["good"], _WORDS["bad"]
_SENTENCES, _PEOPLE, _VERY = _WORDS["sentences"], _WORDS["people"], _WORDS["very"]


def suite() -> list[Behaviour]:
    """All behaviours, always with the same cases in the same order."""
    return list(_functions()) + list(_invariances()) + list(_directions())


def _functions() -> Iterator[Behaviour]:
    def mft(name: str, texts: Sequence[str], expected: Expectation) -> Behaviour:
        return Behaviour("MFT", name, tuple((text,) for text in texts), expected)

    positive, negative = is_any("positive"), is_any("negative")
    not_positive, not_negative = is_any("negative", "neutral"), is_any("positive", "neutral")
    verbs = ("love", "enjoy", "recommend", "like"), ("hate", "dislike", "regret", "can't stand")
    yield mft("Plain praise", [f"{t} is {w}." for t, w in product(_THINGS, _GOOD)], positive)
    yield mft("Plain blame", [f"{t} is {w}." for t, w in product(_THINGS, _BAD)], negative)
    for name, words, expected in zip(
        ("likes", "dislikes"), verbs, (positive, negative), strict=True
    ):
        texts = [f"I {verb} {thing.lower()}." for verb, thing in product(words, _THINGS)]
        yield mft(f"Saying what one {name}", texts, expected)
    yield mft("Statements of fact and questions are neutral", _WORDS["facts"], is_any("neutral"))
    no = ("is not", "isn't", "was never")
    texts = [f"{t} {n} {w}." for t, n, w in product(_THINGS[:4], no, _GOOD)]
    yield mft("Negated praise is not positive", texts, not_positive)
    texts = [f"{t} {n} {w}." for t, n, w in product(_THINGS[:4], no, _BAD)]
    yield mft("Negated blame is not negative", texts, not_negative)
    far = product(_WORDS["far_negation"], ("the app", "this phone"), _GOOD[:4])
    texts = sorted({form.format(thing, good=word) for form, thing, word in far})
    yield mft("Negation at a distance", texts, not_positive)
    yield mft("“Not bad” and its like are not negative", _WORDS["idioms"], not_negative)
    yield mft("Comparisons and changes to the better", _WORDS["now_good"], positive)
    yield mft("Comparisons and changes to the worse", _WORDS["now_bad"], negative)
    for name, emoji, expected in (
        ("Happy", _WORDS["happy"], positive),
        ("Angry", _WORDS["angry"], negative),
    ):
        texts = [f"{t} {e}" for t, e in product(("Just got it", "My new phone", "Today"), emoji)]
        yield mft(f"{name} emoji decide", texts, expected)
    texts = [f"My neighbour is a {person}." for person in _PEOPLE]
    yield mft("Naming a group of people is no blame", texts, not_negative)
    yield mft("Sarcasm is negative", _WORDS["sarcasm"], negative)
    yield mft("Other languages get low confidence", _foreign(), _unsure)
    yield mft("Text without words gets low confidence", _WORDS["gibberish"], _unsure)


def _invariances() -> Iterator[Behaviour]:
    def inv(name: str, cases: Sequence[tuple[str, ...]]) -> Behaviour:
        return Behaviour("INV", name, _pairs(cases), same)

    words = (*_GOOD[:4], *_BAD[:4])
    forms = [f"{{}} told me that the food was {word}." for word in words]
    yield inv("Names", [tuple(form.format(name) for name in _WORDS["names"]) for form in forms])
    forms = [f"The hotel in {{}} was {word}." for word in words]
    yield inv("Places", [tuple(form.format(place) for place in _WORDS["places"]) for form in forms])
    forms = [f"The {{}} at the counter was {word}." for word in words]
    yield inv("Groups of people", [tuple(form.format(who) for who in _PEOPLE) for form in forms])
    forms = [f"I ordered it on May {{0}} and item {{0}} was {word}." for word in words]
    yield inv("Numbers", [tuple(form.format(number) for number in (3, 14, 29)) for form in forms])
    yield inv(
        "A typo: two letters swapped",
        [(text, typo) for text in _SENTENCES for typo in _typos(text)],
    )
    yield inv("Capitals and lower case", [(t, t.upper(), t.lower()) for t in _SENTENCES])
    yield inv(
        "A URL or a mention", [(t, f"{t} https://t.co/Ab1", f"@shop {t}") for t in _SENTENCES]
    )
    marks = [(t, t[:-1], f"  {t.replace(' ', '  ')}", t.replace(".", " .")) for t in _SENTENCES]
    yield inv("Spaces and full stops", marks)
    short = product(_THINGS, ("isn't", "wasn't", "doesn't look"), ("good", "great", "bad"))
    cases = [f"{thing} {verb} {word}." for thing, verb, word in short]
    spelt = [
        (t, t.replace("n't", " not"), t.replace("'", "’"), t.replace("'", "&#39;")) for t in cases
    ]
    yield inv("Contractions, spelt out and typographic", spelt)


def _directions() -> Iterator[Behaviour]:
    def direct(name: str, cases: Sequence[tuple[str, ...]], expected: Expectation) -> Behaviour:
        return Behaviour("DIR", name, _pairs(cases), expected)

    def stronger(words: Sequence[str], adverbs: Sequence[str]) -> list[tuple[str, ...]]:
        pairs = product(_THINGS, words, adverbs)
        return [(f"{t} is {word}.", f"{t} is {adverb} {word}.") for t, word, adverb in pairs]

    yield direct("Intensified praise is no less positive", stronger(_GOOD[:4], _VERY), rises)
    yield direct("Intensified blame is no less negative", stronger(_BAD[:4], _VERY), falls)
    yield direct(
        "Softened blame is no more negative", stronger(_BAD[:4], _WORDS["slightly"]), rises
    )
    for added, effect, expected in (
        ("I love it.", "no less positive", rises),
        ("I hate it.", "no more positive", falls),
    ):
        cases = [(text, f"{text} {added}") for text in _SENTENCES]
        yield direct(f"“{added}” added makes it {effect}", cases, expected)
    plain = [f"{t} is {w}" for t, w in product(_THINGS, _GOOD[:4])]
    yield direct("Exclamation marks keep praise", [(t, f"{t}!", f"{t}!!!") for t in plain], rises)
    plain = [f"{t} is {w}" for t, w in product(_THINGS, _BAD[:4])]
    yield direct("Exclamation marks keep blame", [(t, f"{t}!", f"{t}!!!") for t in plain], falls)


def _pairs(cases: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    # Each variant with its original, so that a failure shows which change caused it.
    return tuple((original, variant) for original, *variants in cases for variant in variants)


def _foreign() -> list[str]:
    """Comments in twenty languages."""
    file = Path(__file__).with_name("languages.toml")
    languages: dict[str, str] = tomllib.loads(file.read_text(encoding="utf-8"))
    return [line for lines in languages.values() for line in lines.strip().splitlines()]


def _unsure(answers: Sequence[Answer]) -> bool:
    return all(answer.confidence == "low" for answer in answers)


def _typos(text: str, how_many: int = 4) -> list[str]:
    # Seeded by the text, so that every run has the same typos.
    chance = random.Random(text)  # noqa: S311
    positions = [
        i for i in range(len(text) - 1) if text[i : i + 2].isalpha() and text[i] != text[i + 1]
    ]
    chosen = chance.sample(positions, how_many)
    return [text[:i] + text[i + 1] + text[i] + text[i + 2 :] for i in chosen]
