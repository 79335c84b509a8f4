"""Behavioural tests of a model, after CheckList (Ribeiro et al. 2020, "Beyond Accuracy"): each
capability is tested with many small cases.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bento.model.model import Model, Sentiment

__all__ = [
    "TOLERANCE",
    "Answer",
    "Behaviour",
    "Kind",
    "falls",
    "is_any",
    "is_labelled",
    "rises",
    "run",
    "same",
]

Kind = Literal["MFT", "INV", "DIR"]
"""Minimum functionality test: a text has a known answer. Invariance test: an irrelevant change must
not change the answer. Directional test: a change must not move the answer the wrong way."""

TOLERANCE = 0.1
"""How far polarity may move the wrong way in a directional test, as in CheckList."""

_EXAMPLES = 3


@dataclass(frozen=True)
class Answer:
    """The answer to one text. `polarity` is P(positive) − P(negative), -1 to 1."""

    text: str
    sentiment: Sentiment
    score: float
    confidence: str
    polarity: float


Expectation = Callable[[Sequence[Answer]], bool]


@dataclass(frozen=True)
class Behaviour:
    """One test. Each case is a text, or an original and a variant; `expected` decides whether the
    answers to a case are right."""

    kind: Kind
    name: str
    cases: tuple[tuple[str, ...], ...]
    expected: Expectation


def is_any(*sentiments: Sentiment) -> Expectation:
    """Expects one of these sentiments for every text."""
    return lambda answers: all(answer.sentiment in sentiments for answer in answers)


def is_labelled(labels: Mapping[str, Collection[Sentiment]]) -> Expectation:
    """Expects for every text one of its own sentiments, by text."""
    return lambda answers: all(answer.sentiment in labels[answer.text] for answer in answers)


def same(answers: Sequence[Answer]) -> bool:
    """Whether all variants have the sentiment of the original."""
    return len({answer.sentiment for answer in answers}) == 1


def rises(answers: Sequence[Answer]) -> bool:
    """Whether no variant is less positive than the original by more than TOLERANCE."""
    return min(answer.polarity for answer in answers) >= answers[0].polarity - TOLERANCE


def falls(answers: Sequence[Answer]) -> bool:
    """Whether no variant is more positive than the original by more than TOLERANCE."""
    return max(answer.polarity for answer in answers) <= answers[0].polarity + TOLERANCE


def run(model: Model, suite: Iterable[Behaviour]) -> list[dict[str, Any]]:
    """For each behaviour its `kind` and `name`, the numbers of `cases` and of `passed` ones, and as
    `failures` the answers to the first cases that failed."""
    return [_run(model, behaviour) for behaviour in suite]


def _run(model: Model, behaviour: Behaviour) -> dict[str, Any]:
    answers = iter(_answers(model, [text for case in behaviour.cases for text in case]))
    failed = []
    for case in behaviour.cases:
        case_answers = [next(answers) for _ in case]
        if not behaviour.expected(case_answers):
            failed.append(case_answers)
    return {
        "kind": behaviour.kind,
        "name": behaviour.name,
        "cases": len(behaviour.cases),
        "passed": len(behaviour.cases) - len(failed),
        "failures": [[_example(answer) for answer in case] for case in failed[:_EXAMPLES]],
    }


def _answers(model: Model, texts: Sequence[str]) -> list[Answer]:
    polarity = model.probabilities(texts) @ [-1.0, 0.0, 1.0]
    return [
        Answer(text, predicted.sentiment, predicted.score, predicted.confidence, float(value))
        for text, predicted, value in zip(texts, model.classify(texts), polarity, strict=True)
    ]


def _example(answer: Answer) -> dict[str, Any]:
    return {"text": answer.text, "sentiment": answer.sentiment, "score": round(answer.score, 4)}
