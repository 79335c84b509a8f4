"""Behavioural tests of a model in the manner of CheckList (Ribeiro et al. 2020, "Beyond Accuracy"):
what it must be able to do, asked with many small cases instead of one figure.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bento.model.model import Model, Sentiment

__all__ = ["TOLERANCE", "Answer", "Behaviour", "Kind", "falls", "is_any", "rises", "run", "same"]

Kind = Literal["MFT", "INV", "DIR"]
"""Minimum functionality: a text has a known answer. Invariance: a change that means nothing leaves
the answer. Direction: a change that means something does not move the answer the wrong way."""

TOLERANCE = 0.1
"""How far polarity may move the wrong way in a test of direction, as in CheckList."""

_EXAMPLES = 3


@dataclass(frozen=True)
class Answer:
    """`polarity` is P(positive) − P(negative), -1 to 1."""

    text: str
    sentiment: Sentiment
    score: float
    confidence: str
    polarity: float


Expectation = Callable[[Sequence[Answer]], bool]


@dataclass(frozen=True)
class Behaviour:
    """One test: each case is one text, or an original and a variant, and `expected` says whether
    the answers to them are right."""

    kind: Kind
    name: str
    cases: tuple[tuple[str, ...], ...]
    expected: Expectation


def is_any(*sentiments: Sentiment) -> Expectation:
    """Every text has one of these sentiments."""
    return lambda answers: all(answer.sentiment in sentiments for answer in answers)


def same(answers: Sequence[Answer]) -> bool:
    """All variants have the original's sentiment."""
    return len({answer.sentiment for answer in answers}) == 1


def rises(answers: Sequence[Answer]) -> bool:
    """No variant is less positive than the original, by more than TOLERANCE."""
    return min(answer.polarity for answer in answers) >= answers[0].polarity - TOLERANCE


def falls(answers: Sequence[Answer]) -> bool:
    """No variant is more positive than the original, by more than TOLERANCE."""
    return max(answer.polarity for answer in answers) <= answers[0].polarity + TOLERANCE


def run(model: Model, suite: Iterable[Behaviour]) -> list[dict[str, Any]]:
    """For each behaviour `kind`, `name`, `cases`, `passed`, and as `failures` the answers of the
    first cases that failed."""
    return [_run(model, behaviour) for behaviour in suite]


def _run(model: Model, behaviour: Behaviour) -> dict[str, Any]:
    answers = iter(_answers(model, [text for case in behaviour.cases for text in case]))
    failed = []
    for case in behaviour.cases:
        given = [next(answers) for _ in case]
        if not behaviour.expected(given):
            failed.append(given)
    return {
        "kind": behaviour.kind,
        "name": behaviour.name,
        "cases": len(behaviour.cases),
        "passed": len(behaviour.cases) - len(failed),
        "failures": [[_shown(answer) for answer in given] for given in failed[:_EXAMPLES]],
    }


def _answers(model: Model, texts: Sequence[str]) -> list[Answer]:
    polarity = model.probabilities(texts) @ [-1.0, 0.0, 1.0]
    return [
        Answer(text, given.sentiment, given.score, given.confidence, float(towards))
        for text, given, towards in zip(texts, model.classify(texts), polarity, strict=True)
    ]


def _shown(answer: Answer) -> dict[str, Any]:
    return {"text": answer.text, "sentiment": answer.sentiment, "score": round(answer.score, 4)}
