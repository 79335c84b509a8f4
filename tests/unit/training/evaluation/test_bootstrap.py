"""Intervals: they cover what they should, and measure what `metrics` measures."""

import numpy as np
import pytest

from training.evaluation import bootstrap
from training.evaluation.bootstrap import intervals, mean_interval
from training.evaluation.metrics import measure


def test_the_interval_of_a_mean_covers_it_in_95_of_100_samples() -> None:
    chance = np.random.default_rng(7)
    bounds = [mean_interval(chance.random(300) < 0.8) for _ in range(200)]
    covered = np.mean([each.low <= 0.8 <= each.high for each in bounds])
    assert 0.90 <= covered <= 0.99
    assert bounds[0].error == pytest.approx(np.sqrt(0.8 * 0.2 / 300), rel=0.15)


@pytest.mark.parametrize("classes", [2, 3])
def test_intervals_lie_around_the_measures_and_are_always_the_same(classes: int) -> None:
    chance = np.random.default_rng(classes)
    probabilities = chance.dirichlet(np.ones(classes), size=500)
    drawn = [chance.choice(classes, p=row) for row in probabilities]
    labels = np.array(drawn, dtype=np.int64)
    found = intervals(labels, probabilities)
    for name, value in measure(labels, probabilities).items():
        if name in found:
            assert found[name].low <= value <= found[name].high
            assert 0 < found[name].error < 0.05
    assert found == intervals(labels, probabilities)


def test_a_resample_that_is_the_sample_has_its_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.array([0, 1, 1, 2, 2, 0])
    probabilities = np.random.default_rng(0).dirichlet(np.ones(3), size=6)
    same = np.arange(6, dtype=np.int32)[None]
    monkeypatch.setattr(bootstrap, "_resamples", lambda _rows, _seed: iter([same, same]))
    found = intervals(labels, probabilities)
    for name, value in measure(labels, probabilities).items():
        if name in found:
            assert found[name].low == pytest.approx(value)
            assert found[name].error == pytest.approx(0)


def test_many_rows_are_resampled_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "_CELLS", 1000)
    bounds = mean_interval(np.arange(300) % 2)
    assert bounds.low < 0.5 < bounds.high
    assert bounds.error == pytest.approx(0.5 / np.sqrt(300), rel=0.15)


def test_one_row() -> None:
    assert mean_interval(np.array([True])) == bootstrap.Interval(1.0, 1.0, 0.0)
