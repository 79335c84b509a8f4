"""Thresholds and the knee."""

from __future__ import annotations

import pytest

from loadtest.users.thresholds import Counts, Knee, Thresholds

LIMITS = Thresholds(failures=0.01, p95_ms=100, p99_ms=250)


def counts(quick: int, slow: int, failures: int = 0, *, slow_ms: int = 300) -> Counts:
    return Counts(quick + slow, failures, {10: quick, slow_ms: slow})


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (counts(991, 9), []),
        (counts(980, 20), ["p99 300 ms > 250 ms"]),
        (counts(940, 60, slow_ms=200), ["p95 200 ms > 100 ms"]),
        (counts(1_000, 0, 10), []),
        (counts(1_000, 0, 11), ["failures 1.10% > 1.00% (11 of 1000 requests)"]),
        (Counts(0, 0, {}), ["nothing was answered"]),
    ],
)
def test_broken_thresholds_are_named(measured: Counts, words: list[str]) -> None:
    assert LIMITS.broken(measured) == words


def test_zero_is_no_limit() -> None:
    assert Thresholds(0, 0, 0).broken(counts(0, 10)) == []


def test_the_knee_is_the_last_step_that_held() -> None:
    knee = Knee(LIMITS)
    knee.ended(0, counts(100, 0))
    knee.ended(1, counts(200, 0))
    assert (knee.held, knee.broken) == (1, [])
    # A tenth of this step alone was slow.
    knee.ended(2, counts(290, 10))
    assert (knee.held, knee.broken) == (1, ["p95 300 ms > 100 ms", "p99 300 ms > 250 ms"])
