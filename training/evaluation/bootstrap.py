"""Intervals of measures: how far they would move with another sample of texts. Those of accuracies
are of Wilson 1927, the others of the bootstrap (Efron 1979)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from training.evaluation.metrics import (
    BINS,
    Scored,
    calibration_bins,
    expected_calibration_error,
)
from training.evaluation.shares import share

__all__ = [
    "RESAMPLES",
    "Interval",
    "accuracy",
    "calibration_interval",
    "intervals",
    "reliability",
]

RESAMPLES = 1000
"""More of them change the bounds of a 95 % interval by less than a tenth of its width."""
_NORMAL = 1.96
_RELIABILITY_BINS = 10
_BATCH_CELLS = 1_000_000
"""Row numbers drawn at a time, so that large sets fit into memory."""


@dataclass(frozen=True)
class Interval:
    """A 95 % interval and the standard error, in the unit of the measure."""

    low: float
    high: float
    error: float


def accuracy(right: NDArray[np.bool_]) -> dict[str, Any]:
    """`rows`, and unless there are none `accuracy` with its interval, `low` and `high`."""
    if not len(right):
        return {"rows": 0}
    of = share(right)
    return {"rows": of["rows"], "accuracy": of["share"], "low": of["low"], "high": of["high"]}


def reliability(
    right: NDArray[np.bool_], scores: NDArray[np.float64], least: float
) -> list[dict[str, Any]]:
    """The points of a reliability diagram: over ten bins of equal width `from` the `least` possible
    score `to` 1, those with answers, with their mean `score` and `accuracy`."""
    edges = np.linspace(least, 1, _RELIABILITY_BINS + 1)
    bins = np.clip(np.searchsorted(edges, scores, side="right") - 1, 0, _RELIABILITY_BINS - 1)
    return [
        {
            "from": float(edges[i]),
            "to": float(edges[i + 1]),
            "score": float(scores[bins == i].mean()),
            **accuracy(right[bins == i]),
        }
        for i in np.unique(bins)
    ]


def intervals(scored: Scored) -> dict[str, Interval]:
    """The intervals of `accuracy`, `macro_f1`, `brier` and `expected_calibration_error`, which
    `training.evaluation.metrics.measure` defines.

    The interval of the accuracy is that of `training.evaluation.shares.share`; its standard error
    is the bootstrap's. The interval of the calibration error is the estimate ± 1.96 standard
    errors, at least 0: the error is a sum of absolute values, which resampling increases, so
    percentiles are too high.
    """
    right, brier = scored.right, scored.brier
    classes = len(scored.classes)
    confusion = scored.labels * classes + scored.answers
    bins, gaps = calibration_bins(scored.scores), right - scored.scores

    def measures(drawn: NDArray[np.int64]) -> NDArray[np.float64]:
        bin_gaps = _counts(bins[drawn], BINS, gaps[drawn])
        return np.stack(
            [
                right[drawn].mean(axis=1),
                _macro_f1(_counts(confusion[drawn], classes**2), classes),
                brier[drawn].mean(axis=1),
                np.abs(bin_gaps).sum(axis=1) / len(right),
            ]
        )

    accurate, *percentiles, calibration = _bootstrap(len(right), measures)
    of = share(right)
    wilson = Interval(of["low"], of["high"], accurate.error)
    normal = _normal(expected_calibration_error(right, scored.scores), calibration.error)
    names = ("accuracy", "macro_f1", "brier", "expected_calibration_error")
    return dict(zip(names, (wilson, *percentiles, normal), strict=True))


def calibration_interval(right: NDArray[np.bool_], scores: NDArray[np.float64]) -> Interval:
    """That of the calibration error of `intervals`, from the answers' scores (n,) alone."""
    bins, gaps = calibration_bins(scores), right - scores

    def error(drawn: NDArray[np.int64]) -> NDArray[np.float64]:
        sums = np.abs(_counts(bins[drawn], BINS, gaps[drawn])).sum(axis=1)
        return np.asarray(sums[None] / len(right))

    [interval] = _bootstrap(len(right), error)
    return _normal(expected_calibration_error(right, scores), interval.error)


def _normal(estimate: float, error: float) -> Interval:
    margin = _NORMAL * error
    return Interval(max(0.0, estimate - margin), estimate + margin, error)


def _bootstrap(
    rows: int, measures: Callable[[NDArray[np.int64]], NDArray[np.float64]]
) -> list[Interval]:
    """The interval of each measure. `measures` takes drawn row numbers (b, rows) and returns the
    measures of each resample (m, b)."""
    if rows == 1:
        return [Interval(value, value, 0.0) for value in measures(np.array([[0]]))[:, 0].tolist()]
    result = stats.bootstrap(
        (np.arange(rows),),
        lambda drawn, axis: measures(drawn),  # noqa: ARG005
        method="percentile",
        n_resamples=RESAMPLES,
        batch=max(1, _BATCH_CELLS // rows),
        vectorized=True,
        rng=0,
    )
    low, high = result.confidence_interval
    bounds = zip(low.tolist(), high.tolist(), result.standard_error.tolist(), strict=True)
    return [Interval(*bound) for bound in bounds]


def _macro_f1(counts: NDArray[np.float64], classes: int) -> NDArray[np.float64]:
    matrices = counts.reshape(-1, classes, classes)
    hits = np.diagonal(matrices, axis1=1, axis2=2)
    both = matrices.sum(axis=1) + matrices.sum(axis=2)
    f1 = np.divide(2 * hits, both, out=np.zeros_like(hits), where=both > 0)
    return np.asarray(f1.mean(axis=1))


def _counts(
    cells: NDArray[np.int64], width: int, weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """(b, width): the weight of each cell in each resample. One bincount serves all resamples, each
    with its own range of cells."""
    offsets = np.arange(len(cells))[:, None] * width
    weight = None if weights is None else weights.ravel()
    counts = np.bincount((cells + offsets).ravel(), weight, minlength=len(cells) * width)
    return counts.astype(np.float64).reshape(len(cells), width)
