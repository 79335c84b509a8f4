"""Calibration and thresholds, from the logits of rows that the stages did not see."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from bento.model.artifact import Thresholds
from bento.model.calibration import Calibration, neutrality_terms, polarity_terms
from bento.model.model import CLASSES
from training.fitting.recipe import Recipe

__all__ = ["calibrate", "probabilities", "thresholds"]

_SAY = 5_000
"""Rows from which on a source has no more say in the calibration."""
_FEW = 200
"""A source of fewer rows cannot tell what an accuracy of 95 % is."""


def calibrate(
    logits: NDArray[np.float64], mass: NDArray[np.float64], table: pd.DataFrame, recipe: Recipe
) -> Calibration:
    """Fit on out-of-fold logits (n, 3) of the stages, the texts' mass (n,), and their table
    (columns label, source); all sources alike, whatever their size.

    Sources that have no neutral texts and are not known as reviews say nothing about neutrality.
    """
    polarity, neutrality, register = logits.T.tolist()
    polar = (table["label"] != "neutral").to_numpy()
    scale = np.array(list(map(polarity_terms, polarity, register, mass.tolist())))
    first = _fit(
        (scale * logits[:, :1])[polar],
        (table["label"] == "positive").to_numpy()[polar],
        _say(table["source"][polar]),
        c=1e4,
    )
    told = recipe.comments(table) | table["source"].isin(recipe.reviews).to_numpy()
    terms = np.array(list(map(neutrality_terms, polarity, neutrality, register)))
    # What neutral reviews look like no row tells: the penalty keeps the coefficients of what is
    # between comments and reviews small. Trials: a tenth or ten times of it costs TweetEval 0.5.
    second = _fit(terms[told], ~polar[told], _say(table["source"][told]), c=0.3)
    second[0] += recipe.neutral_bias
    a, b, c, d = first
    e, f, g, h, i, j = second
    return Calibration(polarity=(a, b, c, d), neutrality=(e, f, g, h, i, j))


def probabilities(
    calibration: Calibration, logits: NDArray[np.float64], mass: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n, 3): the probabilities of CLASSES."""
    rows = []
    for (polarity, neutrality, register), each in zip(logits.tolist(), mass.tolist(), strict=True):
        logit = polarity * calibration.scale(polarity, register, each)
        rows.append(calibration.probabilities(logit, polarity, neutrality, register))
    return np.array(rows)


def thresholds(table: pd.DataFrame, found: NDArray[np.float64], recipe: Recipe) -> Thresholds:
    """The lowest scores from which on the answers are as often right as the recipe wants, in each
    source by itself. `found` are the out-of-fold probabilities (n, 3)."""
    scores = found.max(axis=1)
    right = np.array(CLASSES)[found.argmax(axis=1)] == table["label"].to_numpy()
    rows = table.groupby("source")["label"].transform("size").to_numpy()
    sources = [np.flatnonzero(table["source"] == name) for name in table["source"].unique()]
    sources = [rows for rows in sources if len(rows) >= _FEW] or [np.arange(len(rows))]
    high = max(_lowest(scores[rows], right[rows], recipe.high) for rows in sources)
    below = [rows[scores[rows] < high] for rows in sources]
    medium = max(_lowest(scores[rows], right[rows], recipe.medium) for rows in below)
    return Thresholds(high=high, medium=min(high, medium), unknown=recipe.unknown)


def _fit(
    terms: NDArray[np.float64], target: NDArray[np.bool_], weight: NDArray[np.float64], c: float
) -> list[float]:
    model = LogisticRegression(C=c, fit_intercept=False, tol=1e-8, max_iter=3_000)
    coefficients: list[float] = model.fit(terms, target, weight).coef_[0].tolist()
    return coefficients


def _say(source: pd.Series) -> NDArray[np.float64]:
    rows = source.groupby(source).transform("size")
    return (rows.clip(upper=_SAY) / rows).to_numpy(dtype=np.float64)


def _lowest(scores: NDArray[np.float64], right: NDArray[np.bool_], wanted: float) -> float:
    """The lowest score from which on the share of right answers is as wanted; 1 if none is."""
    order = np.argsort(-scores, kind="stable")
    accuracy = np.cumsum(right[order]) / np.arange(1, len(scores) + 1)
    reached = np.flatnonzero(accuracy >= wanted)
    return float(scores[order][reached[-1]]) if len(reached) else 1.0
