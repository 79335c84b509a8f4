"""Random arrivals."""

from __future__ import annotations

import itertools
import random

import pytest

from loadtest.harness.arrivals import arrivals


def test_arrivals_come_at_the_rate_and_at_random() -> None:
    times = [*arrivals(100, 50, random.Random(1))]  # noqa: S311
    assert len(times) == pytest.approx(5_000, rel=0.05)
    assert times == sorted(times)
    assert times[-1] < 50
    gaps = [after - before for before, after in itertools.pairwise(times)]
    # Of a Poisson process a share of 1 - 1/e is shorter than the mean.
    assert sum(gap < 0.01 for gap in gaps) / len(gaps) == pytest.approx(0.632, abs=0.03)
