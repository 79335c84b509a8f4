"""The knee of services whose knee is known."""

from __future__ import annotations

import math

import pytest

from loadtest.harness import knee


@pytest.mark.parametrize("capacity", [10.0, 999.0, 1_000.0, 12_345.0])
def test_the_knee_is_found_within_the_resolution(capacity: float) -> None:
    low, high = knee.find(lambda rate: rate <= capacity, start=200)
    assert capacity / knee.RESOLUTION <= low <= capacity
    assert high > capacity


def test_a_hiccup_does_not_decide() -> None:
    hiccups = iter([True, False, True, False])

    def carries(rate: float) -> bool:
        return rate <= 1_000 and next(hiccups, True)

    low, _ = knee.find(carries, start=200)
    assert low == pytest.approx(1_000, rel=0.05)


def test_luck_gives_way() -> None:
    luck = iter([True])

    def carries(rate: float) -> bool:
        return rate <= 1_000 or (rate < 1_200 and next(luck, False))

    low, _ = knee.find(carries, start=200)
    assert 1_000 / knee.RESOLUTION <= low <= 1_000


def test_nothing_is_carried() -> None:
    assert knee.find(lambda _: False, start=200)[0] == 0


def test_the_ramp_has_an_end() -> None:
    assert knee.find(lambda _: True, start=200, most=1_000) == (1_000, math.inf)
