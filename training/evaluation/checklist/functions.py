"""Minimum functionality tests: a text has a known answer."""

import tomllib
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

from training.evaluation.behaviour import Answer, Behaviour, Expectation, is_any
from training.evaluation.checklist.words import BAD, GOOD, PEOPLE, THINGS, WORDS

__all__ = ["functions"]


def functions() -> Iterator[Behaviour]:
    def mft(name: str, texts: Sequence[str], expected: Expectation) -> Behaviour:
        return Behaviour("MFT", name, tuple((text,) for text in texts), expected)

    positive, negative = is_any("positive"), is_any("negative")
    not_positive, not_negative = is_any("negative", "neutral"), is_any("positive", "neutral")
    verbs = ("love", "enjoy", "recommend", "like"), ("hate", "dislike", "regret", "can't stand")
    yield mft("Plain praise", [f"{t} is {w}." for t, w in product(THINGS, GOOD)], positive)
    yield mft("Plain blame", [f"{t} is {w}." for t, w in product(THINGS, BAD)], negative)
    for name, words, expected in zip(
        ("likes", "dislikes"), verbs, (positive, negative), strict=True
    ):
        texts = [f"I {verb} {thing.lower()}." for verb, thing in product(words, THINGS)]
        yield mft(f"Saying what one {name}", texts, expected)
    yield mft("Statements of fact and questions are neutral", WORDS["facts"], is_any("neutral"))
    no = ("is not", "isn't", "was never")
    texts = [f"{t} {n} {w}." for t, n, w in product(THINGS[:4], no, GOOD)]
    yield mft("Negated praise is not positive", texts, not_positive)
    texts = [f"{t} {n} {w}." for t, n, w in product(THINGS[:4], no, BAD)]
    yield mft("Negated blame is not negative", texts, not_negative)
    far = product(WORDS["far_negation"], ("the app", "this phone"), GOOD[:4])
    texts = sorted({form.format(thing, good=word) for form, thing, word in far})
    yield mft("Negation at a distance", texts, not_positive)
    yield mft("“Not bad” and its like are not negative", WORDS["idioms"], not_negative)
    yield mft("Comparisons and changes to the better", WORDS["now_good"], positive)
    yield mft("Comparisons and changes to the worse", WORDS["now_bad"], negative)
    for name, emoji, expected in (
        ("Happy", WORDS["happy"], positive),
        ("Angry", WORDS["angry"], negative),
    ):
        texts = [f"{t} {e}" for t, e in product(("Just got it", "My new phone", "Today"), emoji)]
        yield mft(f"{name} emoji decide", texts, expected)
    texts = [f"My neighbour is a {person}." for person in PEOPLE]
    yield mft("Naming a group of people is no blame", texts, not_negative)
    yield mft("Sarcasm is negative", WORDS["sarcasm"], negative)
    yield mft("Other languages get low confidence", _foreign(), _unsure)
    yield mft("Text without words gets low confidence", WORDS["gibberish"], _unsure)


def _foreign() -> list[str]:
    """Comments in twenty languages."""
    file = Path(__file__).with_name("languages.toml")
    languages: dict[str, str] = tomllib.loads(file.read_text(encoding="utf-8"))
    return [line for lines in languages.values() for line in lines.strip().splitlines()]


def _unsure(answers: Sequence[Answer]) -> bool:
    return all(answer.confidence == "low" for answer in answers)
