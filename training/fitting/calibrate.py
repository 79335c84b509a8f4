"""Fits the calibration to out-of-fold logits."""

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
from training.data.corpus import POSTS
from training.fitting.recipe import Recipe

__all__ = ["calibrate", "probabilities"]

_MAX_WEIGHT = 5_000.0
"""Total weight of a source in the calibration: its number of rows, up to this limit."""
_MAX_WEIGHTS = {"tweets": 8_000.0, POSTS: 1_500.0}
"""Limits of some sources, from trials on held-out tweets. Our own posts are easier to judge than
the tweets, which people wrote; with the same weight they would make the scores of all posts too
high."""


def calibrate(
    logits: NDArray[np.float64], mass: NDArray[np.float64], table: pd.DataFrame, recipe: Recipe
) -> Calibration:
    """The calibration for the stages' out-of-fold logits (n, 5), given the mass (n,) of the texts
    (see `bento.model.calibration.polarity_terms`) and their table: columns label,
    source, and post_mark (see `bento.model.calibration.has_post_mark`).

    Large sources weigh no more than _MAX_WEIGHT rows, or their limit in _MAX_WEIGHTS. Sources
    without neutral texts that are not known to be reviews are ignored for neutrality.
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


def _fit(
    terms: NDArray[np.float64], target: NDArray[np.bool_], weight: NDArray[np.float64], c: float
) -> list[float]:
    model = LogisticRegression(C=c, fit_intercept=False, tol=1e-8, max_iter=3_000)
    coefficients: list[float] = model.fit(terms, target, weight).coef_[0].tolist()
    return coefficients


def _source_weights(source: pd.Series) -> NDArray[np.float64]:
    rows = source.groupby(source).transform("size")
    limits = source.map(_MAX_WEIGHTS).fillna(_MAX_WEIGHT)
    return (limits / rows).clip(upper=1.0).to_numpy(dtype=np.float64)
