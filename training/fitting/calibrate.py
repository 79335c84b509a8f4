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
_MAX_POSTS = 2_500.0
"""That limit for our own posts, from trials on held-out tweets. They are easier to judge than the
tweets, which people wrote; with the same weight they would make the scores of all posts too high.
"""


def calibrate(logits: NDArray[np.float64], table: pd.DataFrame, recipe: Recipe) -> Calibration:
    """The calibration for the stages' out-of-fold logits (n, 5), given the table of the texts:
    columns label, source, and post_mark (see `bento.model.calibration.has_post_mark`).

    Large sources weigh no more than _MAX_WEIGHT rows, our own posts no more than _MAX_POSTS.
    Sources without neutral texts that are not known to be reviews are ignored for neutrality.
    """
    stages = list(itertools.starmap(Logits, logits.tolist()))
    registers = list(map(Register.of, stages, table["post_mark"].tolist()))
    polar = (table["label"] != "neutral").to_numpy()
    factor_terms = np.array(list(map(polarity_terms, registers)))
    of_reviews, of_others = _fit(
        (factor_terms * logits[:, :1])[polar],
        (table["label"] == "positive").to_numpy()[polar],
        _source_weights(table["source"][polar]),
        c=1e4,
    )
    used = recipe.may_be_neutral(table) | table["source"].isin(recipe.reviews).to_numpy()
    terms = np.array(list(map(neutrality_terms, stages, registers)))
    # No row shows what a neutral review looks like, so the penalty keeps the coefficients of
    # reviews small.
    a, b, c, d, e, f, g, h, i = _fit(
        terms[used], ~polar[used], _source_weights(table["source"][used]), c=0.3
    )
    fitted = Calibration((of_reviews, of_others), neutrality=(a, b, c, d, e, f, g, h, i))
    return fitted.with_bias(recipe.neutral_bias, of_posts=0.0)


def probabilities(
    calibration: Calibration, logits: NDArray[np.float64], post_marks: pd.Series
) -> NDArray[np.float64]:
    """(n, 3): the probabilities of CLASSES. `post_marks` (n,) tells which texts have one."""
    each_text = zip(itertools.starmap(Logits, logits.tolist()), post_marks.tolist(), strict=True)
    return np.array([calibration.probabilities(*each)[0] for each in each_text])


def _fit(
    terms: NDArray[np.float64], target: NDArray[np.bool_], weight: NDArray[np.float64], c: float
) -> list[float]:
    model = LogisticRegression(C=c, fit_intercept=False, tol=1e-8, max_iter=3_000)
    coefficients: list[float] = model.fit(terms, target, weight).coef_[0].tolist()
    return coefficients


def _source_weights(source: pd.Series) -> NDArray[np.float64]:
    rows = source.groupby(source).transform("size")
    limits = np.where(source == POSTS, _MAX_POSTS, _MAX_WEIGHT)
    return np.asarray(np.minimum(1.0, limits / rows), dtype=np.float64)
