"""Load against time, and when requests are due."""

from __future__ import annotations

import random

import pytest

from loadtest.users.shapes import SECONDS, Arrivals, level


@pytest.mark.parametrize("shape", SECONDS)
def test_a_shape_is_never_beyond_all_and_gets_there(shape: str) -> None:
    levels = [level(shape, second, 100) for second in range(100)]
    assert min(levels) > 0
    assert max(levels) == 1


def test_the_ramp_climbs_in_ten_steps() -> None:
    levels = [level("ramp", second, 100) for second in range(101)]
    assert levels == sorted(levels)
    assert len(set(levels)) == 10


def test_the_spike_is_tenfold_and_over_again() -> None:
    assert [level("spike", second, 90) for second in (0, 45, 89)] == [0.1, 1.0, 0.1]


def test_an_unknown_shape_is_an_error() -> None:
    with pytest.raises(KeyError):
        level("square", 0, 1)


def taken(arrivals: Arrivals) -> list[float]:
    return list(iter(arrivals.take, None))


def spiky(second: float) -> float:
    return 200.0 if 20 <= second < 40 else 20.0


def test_arrivals_follow_the_rate() -> None:
    times = taken(Arrivals(spiky, 200, 60, random.Random(1)))  # noqa: S311
    assert times == sorted(times)
    assert times[-1] < 60
    high = [time for time in times if 20 <= time < 40]
    assert len(high) == pytest.approx(4_000, rel=0.08)
    assert len(times) - len(high) == pytest.approx(800, rel=0.15)


def test_what_is_overdue_is_counted_once() -> None:
    arrivals = Arrivals(lambda _: 100.0, 100, 10, random.Random(1))  # noqa: S311
    same = taken(Arrivals(lambda _: 100.0, 100, 10, random.Random(1)))  # noqa: S311
    assert arrivals.overdue(5) == sum(time < 5 for time in same)
    assert taken(arrivals) == [time for time in same if time >= 5]
