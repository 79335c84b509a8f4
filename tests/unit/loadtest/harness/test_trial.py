"""Trials: whether a rate was carried, and the CPU that it took."""

from __future__ import annotations

import pytest

from loadtest.harness.open_loop import Load
from loadtest.harness.trial import Trial


@pytest.mark.parametrize(
    ("p99_ms", "errors", "carried"),
    [(250, 0, True), (251, 0, False), (5, 1, False), (float("nan"), 0, False)],
)
def test_a_rate_is_carried_within_the_limit_and_without_errors(
    p99_ms: float, errors: int, carried: bool
) -> None:
    load = Load(100, 1_000, 1_000 - errors, 10.0, 5.0, p99_ms)
    assert Trial(load, {}).carried == carried
