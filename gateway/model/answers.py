"""What the gateway asks the Bento, and what it answers."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import msgspec

from gateway.records import MODEL_PATTERN, Confidence, Explanation, Sentiment


class Probabilities(msgspec.Struct, frozen=True):
    """Of the three classes; they sum to 1."""

    negative: float
    neutral: float
    positive: float


class Prediction(msgspec.Struct, frozen=True):
    """The model's answer for one text, with the probabilities of all classes if asked for."""

    sentiment: Sentiment
    score: Annotated[float, msgspec.Meta(ge=0, le=1)]
    confidence: Confidence
    probabilities: Probabilities | None = None


class Question(NamedTuple):
    """A text to classify, and whether the probabilities of all classes are asked for."""

    text: str
    with_probabilities: bool = False


class Classification(NamedTuple):
    """A prediction, and the digest of the artifact that made it."""

    model: str
    prediction: Prediction


class Answer(msgspec.Struct, frozen=True):
    # The digest goes into headers, logs and metrics.
    model: Annotated[str, msgspec.Meta(pattern=MODEL_PATTERN)]
    results: list[Prediction]


class Explanations(msgspec.Struct, frozen=True):
    results: list[Explanation]
