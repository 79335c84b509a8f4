"""How good a model is on labelled texts."""

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
    "evaluate",
    "expected_calibration_error",
    "measure",
    "score",
    "summary",
]

BINS = 15
"""As in Guo et al. 2017, "On Calibration of Modern Neural Networks"."""


@dataclass(frozen=True)
class Scored:
    """Labels (n,) from 0 to k - 1 beside the probabilities (n, k) of `classes`; `neutral_rate` is
    the share of texts called neutral where only the two poles are compared (k = 2), else None."""

    classes: tuple[str, ...]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    neutral_rate: float | None = None

    @property
    def right(self) -> NDArray[np.bool_]:
        """(n,): whether the likeliest class is the label."""
        right: NDArray[np.bool_] = self.probabilities.argmax(axis=1) == self.labels
        return right


def score(labels: pd.Series, probabilities: NDArray[np.float64]) -> Scored:
    """Labels (class names) beside probabilities (n, 3) of CLASSES.

    Where no label is neutral, P(positive) is compared with P(negative) alone.
    """
    codes = np.array([CLASSES.index(label) for label in labels], dtype=np.int64)
    if (codes == 1).any():
        return Scored(CLASSES, codes, probabilities)
    neutral = probabilities.argmax(axis=1) == 1
    poles = probabilities[:, [0, 2]]
    sums = poles.sum(axis=1, keepdims=True)
    # Where both are 0, neither is likelier.
    poles = np.divide(poles, sums, out=np.full_like(poles, 0.5), where=sums > 0)
    return Scored(("negative", "positive"), codes // 2, poles, float(neutral.mean()))


def evaluate(model: Model, table: pd.DataFrame) -> dict[str, Any]:
    """The measures on a table with columns text and label (class names).

    Where no label is neutral the answer is the likelier of the two poles, and `neutral_rate` tells
    how many texts would have been called neutral.
    """
    return summary(score(table["label"], model.probabilities(list(table["text"]))))


def summary(scored: Scored) -> dict[str, Any]:
    """`classes`, what `measure` gives, and `neutral_rate` where only the poles are compared."""
    result = {"classes": len(scored.classes), **measure(scored.labels, scored.probabilities)}
    if scored.neutral_rate is not None:
        result["neutral_rate"] = scored.neutral_rate
    return result


def measure(labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> dict[str, Any]:
    """`rows`, `accuracy`, `macro_f1`, `macro_recall`, `brier`, `expected_calibration_error` of
    probabilities (n, k) for labels (n,) from 0 to k - 1.

    The Brier score is that of the last class for k = 2 (0 to 1) and the sum over the classes
    (0 to 2) otherwise, as Brier 1950 has it.
    """
    answers = probabilities.argmax(axis=1)
    errors = np.square(probabilities - np.eye(probabilities.shape[1])[labels])
    brier = errors[:, -1] if probabilities.shape[1] == 2 else errors.sum(axis=1)
    return {
        "rows": len(labels),
        "accuracy": float((answers == labels).mean()),
        "macro_f1": float(f1_score(labels, answers, average="macro", zero_division=0)),
        "macro_recall": float(
            recall_score(labels, answers, labels=np.unique(labels), average="macro")
        ),
        "brier": float(brier.mean()),
        "expected_calibration_error": expected_calibration_error(
            answers == labels, probabilities.max(axis=1)
        ),
    }


def expected_calibration_error(right: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Mean distance of accuracy and score over 15 bins of equal width, weighted by their rows."""
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=right - scores, minlength=BINS)
    return float(np.abs(gaps).sum() / len(scores))
