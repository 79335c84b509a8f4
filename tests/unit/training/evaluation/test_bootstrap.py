"""Bootstrap intervals: their coverage, and that they measure what `metrics` measures."""

import numpy as np
import pytest

from bento.model.model import CLASSES
from training.evaluation import bootstrap
from training.evaluation.bootstrap import Interval, accuracy, intervals, mean_interval
from training.evaluation.metrics import Scored, measure


def scored(rows: int, classes: int, seed: int = 0) -> Scored:
    """Labels drawn from the probabilities."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(classes), size=rows)
    labels = np.array([rng.choice(classes, p=row) for row in probabilities], dtype=np.int64)
    return Scored(CLASSES[:classes], labels, probabilities)


def test_the_interval_of_a_mean_covers_it_in_95_of_100_samples() -> None:
    rng = np.random.default_rng(7)
    bounds = [mean_interval(rng.random(300) < 0.8) for _ in range(200)]
    covered = np.mean([each.low <= 0.8 <= each.high for each in bounds])
    assert 0.90 <= covered <= 0.99
    assert bounds[0].error == pytest.approx(np.sqrt(0.8 * 0.2 / 300), rel=0.15)


@pytest.mark.parametrize("classes", [2, 3])
def test_intervals_contain_the_measures_and_are_reproducible(classes: int) -> None:
    sample = scored(500, classes)
    bounds, values = intervals(sample), measure(sample)
    for name, interval in bounds.items():
        assert interval.low <= values[name] <= interval.high
        assert 0 < interval.error < 0.05
    assert bounds == intervals(sample)


@pytest.mark.parametrize("classes", [2, 3])
def test_resamples_of_equal_rows_have_the_measures_of_the_sample(classes: int) -> None:
    one = scored(1, classes)
    equal = Scored(one.classes, np.tile(one.labels, 50), np.tile(one.probabilities, (50, 1)))
    for sample in (one, equal):
        values = measure(sample)
        for name, interval in intervals(sample).items():
            expected = values[name] if name != "macro_f1" else one.right.mean() / classes
            assert interval.low == pytest.approx(expected)
            assert interval.error == pytest.approx(0)


def test_large_samples_are_resampled_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.arange(300) % 2
    at_once = mean_interval(values)
    monkeypatch.setattr(bootstrap, "_BATCH_CELLS", 1000)
    in_batches = mean_interval(values)
    assert in_batches.low < 0.5 < in_batches.high
    assert in_batches.error == pytest.approx(at_once.error, rel=0.15)


def test_few_rows() -> None:
    assert mean_interval(np.array([True])) == Interval(1.0, 1.0, 0.0)
    assert accuracy(np.array([True])) == {"rows": 1, "accuracy": 1.0, "low": 1.0, "high": 1.0}
    assert accuracy(np.array([], dtype=bool)) == {"rows": 0}
