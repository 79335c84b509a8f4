"""Bootstrap intervals: their coverage, and that they measure what `metrics` measures."""

import numpy as np
import pytest

from bento.model.model import CLASSES
from training.evaluation import bootstrap
from training.evaluation.bootstrap import accuracy, intervals
from training.evaluation.metrics import Scored, measure
from training.evaluation.shares import share


def scored(rows: int, classes: int, seed: int = 0) -> Scored:
    """Labels drawn from the probabilities."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(classes), size=rows)
    labels = np.array([rng.choice(classes, p=row) for row in probabilities], dtype=np.int64)
    return Scored(CLASSES[:classes], labels, probabilities)


def test_the_accuracy_has_the_interval_of_a_share_and_the_bootstraps_error() -> None:
    sample = scored(300, 3)
    accurate, of = intervals(sample)["accuracy"], share(sample.right)
    assert (accurate.low, accurate.high) == (of["low"], of["high"])
    assert accurate.error == pytest.approx(sample.right.std() / np.sqrt(300), rel=0.15)


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
            if name == "accuracy":
                assert interval.low < interval.high
            else:
                assert interval.low == pytest.approx(expected)
            assert interval.error == pytest.approx(0)


def test_large_samples_are_resampled_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = scored(300, 3)
    at_once = intervals(sample)["brier"]
    monkeypatch.setattr(bootstrap, "_BATCH_CELLS", 1000)
    in_batches = intervals(sample)["brier"]
    assert in_batches.low < sample.brier.mean() < in_batches.high
    assert in_batches.error == pytest.approx(at_once.error, rel=0.15)


def test_few_rows() -> None:
    one = accuracy(np.array([True]))
    assert (one["rows"], one["accuracy"], one["high"]) == (1, 1.0, 1.0)
    assert one["low"] < 0.3
    assert accuracy(np.array([], dtype=bool)) == {"rows": 0}
