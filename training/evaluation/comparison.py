"""Comparison of the model with other systems and with models of fewer rows (the learning curve).

It takes nearly as long as the training and does not need its result, so it runs beside it, in a
process of its own; with two of them on two cores the training would wait."""

import multiprocessing
from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bento.model.model import Model
from training.errors import DataError
from training.evaluation import baselines
from training.fitting.fit import fit
from training.fitting.recipe import Recipe

__all__ = ["SHARES", "Comparison"]

SHARES = (1 / 16, 1 / 8, 1 / 4)
"""Shares of the training rows, drawn once with a fixed seed; each contains the smaller ones. The
last point of the curve is the model itself."""


class Comparison:
    """Starts at once; leaving its context cancels jobs that have not begun.

    `rows` are the training rows and `test` the held-out ones (columns text, label, source, words);
    `unseen` is the part of these that calibration uses.
    """

    def __init__(
        self, rows: pd.DataFrame, unseen: pd.DataFrame, test: pd.DataFrame, recipe: Recipe
    ) -> None:
        # A forked child of a process with threads may hang.
        spawn = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(max_workers=1, mp_context=spawn)
        texts = list(test["text"])
        order = np.random.default_rng(0).permutation(len(rows))
        # Two folds do for a point of the curve, and take a quarter less time.
        quick = replace(recipe, folds=2)
        self._points: dict[int, Future[NDArray[np.float64] | None]] = {}
        for share in SHARES:
            part = rows.iloc[np.sort(order[: round(share * len(rows))])].reset_index(drop=True)
            self._points[len(part)] = self._pool.submit(_point, part, unseen, quick, texts)
        self._systems = {
            "classic recipe": self._pool.submit(
                _classic, list(rows["text"]), list(rows["label"]), texts
            ),
            "VADER": self._pool.submit(baselines.vader, texts),
            "TextBlob": self._pool.submit(baselines.textblob, texts),
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    @property
    def jobs(self) -> list[Future[Any]]:
        """All jobs, in the order in which they start."""
        return [*self._points.values(), *self._systems.values()]

    def systems(self) -> dict[str, NDArray[np.float64]]:
        """Name → (n, 3) probabilities of the held-out texts; lexicons only rank the classes."""
        return {name: _result(job) for name, job in self._systems.items()}

    def curve(self) -> dict[int, NDArray[np.float64]]:
        """Number of training rows → (n, 3) probabilities of the held-out texts by a model of that
        many rows; ascending. A share that lacks a class has no point."""
        points = {rows: _result(job) for rows, job in self._points.items()}
        return {rows: point for rows, point in points.items() if point is not None}


def _result(job: Future[Any]) -> Any:
    try:
        return job.result()
    except BrokenProcessPool:
        raise DataError(
            "A process of the comparison was killed, perhaps for lack of memory."
        ) from None


def _classic(texts: list[str], labels: list[str], test: list[str]) -> NDArray[np.float64]:
    return np.asarray(baselines.classic(texts, labels).predict_proba(test))


def _point(
    rows: pd.DataFrame, unseen: pd.DataFrame, recipe: Recipe, test: list[str]
) -> NDArray[np.float64] | None:
    try:
        fitted = fit(rows, recipe, _quietly, unseen)
    except (DataError, ValueError):
        # A few rows, or the part of them that calibration uses, may lack a class.
        return None
    return Model(fitted.artifact()).probabilities(test)


def _quietly(items: Iterable[Any], _what: str, _how_many: int) -> Iterable[Any]:
    return items
