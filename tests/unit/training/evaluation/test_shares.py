"""Shares: Wilson's interval, also of few texts."""

import numpy as np
import pytest

from training.evaluation.shares import share


def test_the_interval_covers_the_share_in_95_of_100_samples() -> None:
    rng = np.random.default_rng(7)
    bounds = [share(rng.random(300) < 0.8) for _ in range(200)]
    covered = np.mean([each["low"] <= 0.8 <= each["high"] for each in bounds])
    assert 0.90 <= covered <= 0.99


def test_few_texts_that_are_all_wrong_say_little() -> None:
    none = share(np.zeros(5, dtype=bool))
    # z² / (n + z²), with z = 1.96.
    assert none == {
        "rows": 5,
        "count": 0,
        "share": 0.0,
        "low": 0.0,
        "high": pytest.approx(0.4345, abs=1e-4),
    }
    assert share(np.zeros(0, dtype=bool)) == {"rows": 0, "count": 0}
