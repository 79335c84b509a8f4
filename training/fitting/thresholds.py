"""The scores from which an answer has high or medium confidence."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bento.model.manifest import Thresholds
from bento.model.model import CLASSES
from training.data.corpus import UNSEEN
from training.fitting.recipe import Recipe

__all__ = ["thresholds"]

_MIN_ROWS = 200
"""Sources, and answers, with fewer rows are too small to measure the accuracy of the recipe."""


def thresholds(table: pd.DataFrame, predicted: NDArray[np.float64], recipe: Recipe) -> Thresholds:
    """The lowest scores at which answers of high and of medium confidence reach the accuracy that
    the recipe asks for: in every source, and for each answer to the comments of unseen domains.
    `predicted` are the out-of-fold probabilities (n, 3)."""
    scores, answers = predicted.max(axis=1), predicted.argmax(axis=1)
    right = np.array(CLASSES)[answers] == table["label"].to_numpy()
    source = table["source"].to_numpy()
    groups = [source == name for name in np.unique(source)]
    groups += [(source == UNSEEN) & (answers == each) for each in range(len(CLASSES))]
    parts = [np.flatnonzero(group) for group in groups if group.sum() >= _MIN_ROWS]
    parts = parts or [np.arange(len(table))]
    high = max(_lowest_score(scores[rows], right[rows], recipe.high) for rows in parts)
    below = [rows[scores[rows] < high] for rows in parts]
    medium = max(_lowest_score(scores[rows], right[rows], recipe.medium) for rows in below)
    return Thresholds(high=high, medium=min(high, medium), unknown=recipe.unknown)


def _lowest_score(scores: NDArray[np.float64], right: NDArray[np.bool_], wanted: float) -> float:
    """The lowest score such that answers with at least that score reach the wanted accuracy; 1 if
    there is none."""
    order = np.argsort(-scores, kind="stable")
    accuracy = np.cumsum(right[order]) / np.arange(1, len(scores) + 1)
    # A threshold cannot separate texts with equal scores.
    complete = np.append(np.diff(scores[order]) != 0, True)[: len(scores)]
    reached = np.flatnonzero((accuracy >= wanted) & complete)
    return float(scores[order][reached[-1]]) if len(reached) else 1.0
