"""What takes as long as the training itself and needs nothing of its result, in two processes
beside it: other systems' answers to the held-out texts, and the learning curve."""

import multiprocessing
from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
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
"""Of the training rows, drawn once with a fixed seed: each share contains the smaller ones. The
last point of the curve is the model itself."""


class Comparison:
    """Use it as a context: leaving it early gives up what has not begun.

    `rows` are trained on and `test` held out (columns text, label, source, words, …).
    """

    def __init__(self, rows: pd.DataFrame, test: pd.DataFrame, recipe: Recipe) -> None:
        # Not forked: a fork of a process with threads may hang.
        spawn = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(max_workers=2, mp_context=spawn)
        texts = list(test["text"])
        order = np.random.default_rng(0).permutation(len(rows))
        # The longest jobs first, so that no process ends up alone with one.
        self._points: dict[int, Future[NDArray[np.float64] | None]] = {}
        for share in sorted(SHARES, reverse=True):
            part = rows.iloc[np.sort(order[: round(share * len(rows))])].reset_index(drop=True)
            self._points[len(part)] = self._pool.submit(_point, part, recipe, texts)
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
        """To be waited for, one after the other."""
        return [*self._points.values(), *self._systems.values()]

    def systems(self) -> dict[str, NDArray[np.float64]]:
        """Name → (n, 3) probabilities, or what orders as they do, of the held-out texts."""
        return {name: _result(job) for name, job in self._systems.items()}

    def curve(self) -> dict[int, NDArray[np.float64]]:
        """Training rows → (n, 3) probabilities of the held-out texts, by a model of so many rows;
        ascending. Where a share lacks a class there is no point."""
        points = {rows: _result(job) for rows, job in sorted(self._points.items())}
        return {rows: found for rows, found in points.items() if found is not None}


def _result(job: Future[Any]) -> Any:
    try:
        return job.result()
    except BrokenProcessPool:
        raise DataError(
            "A process of the comparison was ended from outside, perhaps for lack of memory."
        ) from None


def _classic(texts: list[str], labels: list[str], test: list[str]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = baselines.classic(texts, labels).predict_proba(test)
    return found


def _point(rows: pd.DataFrame, recipe: Recipe, test: list[str]) -> NDArray[np.float64] | None:
    try:
        fitted = fit(rows, recipe, _quietly)
    except (DataError, ValueError):
        # A few rows may lack a class, or the part of them that calibration is fitted on may.
        return None
    return Model(fitted.artifact()).probabilities(test)


def _quietly(items: Iterable[Any], _what: str, _how_many: int) -> Iterable[Any]:
    return items
