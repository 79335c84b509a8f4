"""How far measures would move with another sample of texts: the bootstrap (Efron 1979)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.metrics import BINS, expected_calibration_error

__all__ = ["TIMES", "Interval", "intervals", "mean_interval"]

TIMES = 1000
"""Resamples; more change the bounds of a 95 % interval by less than a tenth of its width."""
_LEVEL = (2.5, 97.5)
_NORMAL = 1.96
_CELLS = 1_000_000


@dataclass(frozen=True)
class Interval:
    """A 95 % interval and the standard error, in the measure's own unit."""

    low: float
    high: float
    error: float


def mean_interval(values: NDArray[np.generic], seed: int = 0) -> Interval:
    """Of the mean of values (n,): percentiles of its resamples."""
    numbers = np.asarray(values, dtype=np.float64)
    means = [numbers[drawn].mean(axis=1) for drawn in _resamples(len(numbers), seed)]
    return _percentiles(np.concatenate(means))


def intervals(
    labels: NDArray[np.int64], probabilities: NDArray[np.float64], seed: int = 0
) -> dict[str, Interval]:
    """Of `accuracy`, `macro_f1`, `brier` and `expected_calibration_error`, as
    `training.evaluation.metrics.measure` defines them, for probabilities (n, k) and labels (n,).

    The interval of the calibration error is the estimate ± 1.96 standard errors, at least 0: the
    error is a sum of absolute values, which resampling makes larger, so percentiles lie too high.
    """
    classes = probabilities.shape[1]
    answers = probabilities.argmax(axis=1)
    right = answers == labels
    scores = probabilities.max(axis=1)
    errors = np.square(probabilities - np.eye(classes)[labels])
    brier = errors[:, -1] if classes == 2 else errors.sum(axis=1)
    measured = [
        (
            right[drawn].mean(axis=1),
            _macro_f1(labels, answers, drawn, classes),
            brier[drawn].mean(axis=1),
            _calibration_errors(right, scores, drawn),
        )
        for drawn in _resamples(len(labels), seed)
    ]
    accuracy, macro_f1, means, calibration = (
        np.concatenate(part) for part in zip(*measured, strict=True)
    )
    error = _percentiles(calibration).error
    estimate = expected_calibration_error(right, scores)
    return {
        "accuracy": _percentiles(accuracy),
        "macro_f1": _percentiles(macro_f1),
        "brier": _percentiles(means),
        "expected_calibration_error": Interval(
            low=max(0.0, estimate - _NORMAL * error), high=estimate + _NORMAL * error, error=error
        ),
    }


def _resamples(rows: int, seed: int) -> Iterator[NDArray[np.int32]]:
    # Row numbers (some, rows), TIMES in all; in parts, so that large sets fit into memory.
    generator = np.random.default_rng(seed)
    part = max(1, _CELLS // rows)
    for start in range(0, TIMES, part):
        size = (min(part, TIMES - start), rows)
        yield generator.integers(rows, size=size, dtype=np.int32)


def _percentiles(values: NDArray[np.float64]) -> Interval:
    low, high = np.percentile(values, _LEVEL)
    return Interval(float(low), float(high), float(values.std(ddof=1)))


def _macro_f1(
    labels: NDArray[np.int64], answers: NDArray[np.int64], drawn: NDArray[np.int32], classes: int
) -> NDArray[np.float64]:
    cells = (labels * classes + answers)[drawn]
    counts = _counts(cells, None, classes * classes).reshape(len(drawn), classes, classes)
    hits = np.diagonal(counts, axis1=1, axis2=2)
    both = counts.sum(axis=1) + counts.sum(axis=2)
    f1: NDArray[np.float64] = np.divide(2 * hits, both, out=np.zeros_like(hits), where=both > 0)
    means: NDArray[np.float64] = f1.mean(axis=1)
    return means


def _calibration_errors(
    right: NDArray[np.bool_], scores: NDArray[np.float64], drawn: NDArray[np.int32]
) -> NDArray[np.float64]:
    bins = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    gaps = _counts(bins[drawn], (right - scores)[drawn], BINS)
    sums: NDArray[np.float64] = np.abs(gaps).sum(axis=1) / len(scores)
    return sums


def _counts(
    cells: NDArray[np.int64], weights: NDArray[np.float64] | None, width: int
) -> NDArray[np.float64]:
    # One bincount for all resamples: each has its own stretch of cells.
    offsets = np.arange(len(cells))[:, None] * width
    flat = (cells + offsets).ravel()
    weight = None if weights is None else weights.ravel()
    counts = np.bincount(flat, weights=weight, minlength=len(cells) * width)
    return counts.astype(np.float64).reshape(len(cells), width)
