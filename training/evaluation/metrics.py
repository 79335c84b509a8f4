"""Measures of a model on labelled texts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import f1_score, recall_score

from bento.model.model import CLASSES, Model

__all__ = [
    "BINS",
    "Scored",
    "calibration_bins",
    "evaluate",
    "expected_calibration_error",
    "measure",
    "score",
]

BINS = 15
"""As in Guo et al. 2017, "On Calibration of Modern Neural Networks"."""


@dataclass(frozen=True)
class Scored:
    """Labels (n,) from 0 to k - 1 and the probabilities (n, k) of `classes`. If only the two poles
    are compared (k = 2), `neutral_rate` is the share of texts that would be called neutral."""

    classes: tuple[str, ...]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    neutral_rate: float | None = None

    @property
    def answers(self) -> NDArray[np.int64]:
        """(n,): the most likely class."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @property
    def right(self) -> NDArray[np.bool_]:
        """(n,): whether the answer is the label."""
        return np.asarray(self.answers == self.labels)

    @property
    def scores(self) -> NDArray[np.float64]:
        """(n,): the probability of the answer."""
        return np.asarray(self.probabilities.max(axis=1))

    @property
    def brier(self) -> NDArray[np.float64]:
        """(n,): the Brier score of each text (Brier 1950): that of the last class for k = 2 (0 to
        1), the sum over the classes otherwise (0 to 2)."""
        errors = np.square(self.probabilities - np.eye(len(self.classes))[self.labels])
        return np.asarray(errors[:, -1] if len(self.classes) == 2 else errors.sum(axis=1))


def score(labels: pd.Series, probabilities: NDArray[np.float64]) -> Scored:
    """Labels (class names) with probabilities (n, 3) of CLASSES.

    If no label is neutral, P(positive) is compared with P(negative) alone.
    """
    codes = np.array([CLASSES.index(label) for label in labels], dtype=np.int64)
    if (codes == 1).any():
        return Scored(CLASSES, codes, probabilities)
    neutral = probabilities.argmax(axis=1) == 1
    poles = probabilities[:, [0, 2]]
    sums = poles.sum(axis=1, keepdims=True)
    # If both are 0, they are equally likely.
    poles = np.divide(poles, sums, out=np.full_like(poles, 0.5), where=sums > 0)
    return Scored(("negative", "positive"), codes // 2, poles, float(neutral.mean()))


def evaluate(model: Model, table: pd.DataFrame) -> dict[str, Any]:
    """The measures of a model on a table with the columns text and label (class names)."""
    return measure(score(table["label"], model.probabilities(list(table["text"]))))


def measure(scored: Scored) -> dict[str, Any]:
    """`classes` (their number), `rows`, `accuracy`, `macro_f1`, `macro_recall`, `brier` and
    `expected_calibration_error`; `neutral_rate` if only the poles are compared."""
    labels, answers = scored.labels, scored.answers
    measures = {
        "classes": len(scored.classes),
        "rows": len(labels),
        "accuracy": float(scored.right.mean()),
        "macro_f1": float(f1_score(labels, answers, average="macro", zero_division=0)),
        "macro_recall": float(
            recall_score(labels, answers, labels=np.unique(labels), average="macro")
        ),
        "brier": float(scored.brier.mean()),
        "expected_calibration_error": expected_calibration_error(scored.right, scored.scores),
    }
    neutral = scored.neutral_rate
    return measures if neutral is None else {**measures, "neutral_rate": neutral}


def expected_calibration_error(right: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Mean distance between accuracy and score over 15 bins of equal width, weighted by rows."""
    gaps = np.bincount(calibration_bins(scores), weights=right - scores, minlength=BINS)
    return float(np.abs(gaps).sum() / len(scores))


def calibration_bins(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,): the bin of each score."""
    return np.minimum((scores * BINS).astype(np.int64), BINS - 1)
