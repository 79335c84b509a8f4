"""Fits the calibration and the confidence thresholds to out-of-fold logits."""

import itertools

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from bento.model.calibration import (
    Calibration,
    Logits,
    Register,
    neutrality_terms,
    polarity_terms,
)
from bento.model.manifest import Thresholds
from bento.model.model import CLASSES
from training.data.corpus import UNSEEN
from training.fitting.recipe import Recipe

__all__ = ["calibrate", "probabilities", "thresholds"]

_MAX_SOURCE_WEIGHT = 5_000
"""Total weight of a source in the calibration: its number of rows, up to this limit."""
_MIN_ROWS = 200
"""Sources, and answers, with fewer rows are too small to measure the accuracy of the recipe."""


def calibrate(
    logits: NDArray[np.float64], mass: NDArray[np.float64], table: pd.DataFrame, recipe: Recipe
) -> Calibration:
    """The calibration for the stages' out-of-fold logits (n, 5), given the mass (n,) of the texts
    (see `bento.model.calibration.polarity_terms`) and their table: columns label,
    source, and post_mark (see `bento.model.calibration.has_post_mark`).

    Large sources weigh no more than _MAX_SOURCE_WEIGHT rows. Sources without neutral texts that are
    not known to be reviews are ignored for neutrality.
    """
    stages = list(itertools.starmap(Logits, logits.tolist()))
    registers = list(map(Register.of, stages, table["post_mark"].tolist()))
    polarity = logits[:, 0].tolist()
    polar = (table["label"] != "neutral").to_numpy()
    factor_terms = np.array(list(map(polarity_terms, polarity, registers, mass.tolist())))
    a, b, c, d = _fit(
        (factor_terms * logits[:, :1])[polar],
        (table["label"] == "positive").to_numpy()[polar],
        _source_weights(table["source"][polar]),
        c=1e4,
    )
    used = recipe.may_be_neutral(table) | table["source"].isin(recipe.reviews).to_numpy()
    terms = np.array(list(map(neutrality_terms, stages, registers)))
    # No row shows what a neutral review looks like, so the penalty keeps the coefficients of
    # reviews small.
    e, f, g, h, i, j, k, m, n = _fit(
        terms[used], ~polar[used], _source_weights(table["source"][used]), c=0.3
    )
    fitted = Calibration(polarity=(a, b, c, d), neutrality=(e, f, g, h, i, j, k, m, n))
    return fitted.with_bias(recipe.neutral_bias, of_posts=0.0)


def probabilities(
    calibration: Calibration,
    logits: NDArray[np.float64],
    mass: NDArray[np.float64],
    post_marks: pd.Series,
) -> NDArray[np.float64]:
    """(n, 3): the probabilities of CLASSES. `post_marks` (n,) tells which texts have one."""
    each_text = zip(logits.tolist(), mass.tolist(), post_marks.tolist(), strict=True)
    return np.array(
        [calibration.probabilities(Logits(*raw), *others)[0] for raw, *others in each_text]
    )


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


def _fit(
    terms: NDArray[np.float64], target: NDArray[np.bool_], weight: NDArray[np.float64], c: float
) -> list[float]:
    model = LogisticRegression(C=c, fit_intercept=False, tol=1e-8, max_iter=3_000)
    coefficients: list[float] = model.fit(terms, target, weight).coef_[0].tolist()
    return coefficients


def _source_weights(source: pd.Series) -> NDArray[np.float64]:
    rows = source.groupby(source).transform("size")
    return (rows.clip(upper=_MAX_SOURCE_WEIGHT) / rows).to_numpy(dtype=np.float64)


def _lowest_score(scores: NDArray[np.float64], right: NDArray[np.bool_], wanted: float) -> float:
    """The lowest score such that answers with at least that score reach the wanted accuracy; 1 if
    there is none."""
    order = np.argsort(-scores, kind="stable")
    accuracy = np.cumsum(right[order]) / np.arange(1, len(scores) + 1)
    reached = np.flatnonzero(accuracy >= wanted)
    return float(scores[order][reached[-1]]) if len(reached) else 1.0
