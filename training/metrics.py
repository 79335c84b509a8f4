"""How good a model is on labelled texts."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from bento.model import CLASSES, Model

__all__ = ["evaluate", "expected_calibration_error", "measure"]

_BINS = 15
"""As in Guo et al. 2017, "On Calibration of Modern Neural Networks"."""


def evaluate(model: Model, table: pd.DataFrame) -> dict[str, Any]:
    """The measures on a table with columns text and label (class names).

    Where no label is neutral the answer is the likelier of the two poles, and `neutral_rate` tells
    how many texts would have been called neutral.
    """
    probabilities = model.probabilities(list(table["text"]))
    labels = np.array([CLASSES.index(label) for label in table["label"]])
    if (labels == 1).any():
        return {"classes": 3, **measure(labels, probabilities)}
    neutral = probabilities.argmax(axis=1) == 1
    poles = probabilities[:, [0, 2]]
    poles /= poles.sum(axis=1, keepdims=True)
    result = {"classes": 2, **measure(labels // 2, poles)}
    return {**result, "neutral_rate": float(neutral.mean())}


def measure(labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> dict[str, Any]:
    """`rows`, `accuracy`, `macro_f1`, `brier`, `expected_calibration_error` of probabilities
    (n, k) for labels (n,) from 0 to k - 1.

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
        "brier": float(brier.mean()),
        "expected_calibration_error": expected_calibration_error(
            answers == labels, probabilities.max(axis=1)
        ),
    }


def expected_calibration_error(right: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Mean distance of accuracy and score over 15 bins of equal width, weighted by their rows."""
    bins = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(bins, weights=right - scores, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(scores))
