"""Time passes without waiting, in a uvloop's ticks for programs and exactly for the simulation."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing

import pytest

from loadtest.simulate.virtual_time import SLACK_SECONDS, TICK_SECONDS, VirtualTimeLoop


@pytest.fixture
def loop() -> Iterator[VirtualTimeLoop]:
    with closing(VirtualTimeLoop()) as made:
        yield made


def test_sleepers_wake_in_the_order_of_their_time(loop: VirtualTimeLoop) -> None:
    woken: list[float] = []

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds)
        woken.append(seconds)

    async def main() -> None:
        await asyncio.gather(*map(sleep, (3_600.0, 0.002, 60.0)))

    loop.run_until_complete(main())
    assert woken == [0.002, 60.0, 3_600.0]
    assert loop.now == pytest.approx(3_600 + SLACK_SECONDS)


@pytest.mark.parametrize(("seconds", "ticks"), [(0.0023, 2), (0.0026, 3), (0.0004, 0), (-1.0, 0)])
def test_a_programs_delay_has_whole_ticks(
    loop: VirtualTimeLoop, seconds: float, ticks: int
) -> None:
    fired: list[float] = []
    loop.call_later(seconds, lambda: fired.append(loop.now))
    loop.run_until_complete(loop.pause(1))
    assert fired == [pytest.approx(ticks * TICK_SECONDS + SLACK_SECONDS)]


def test_a_pause_is_exact_and_programs_see_the_tick_before(loop: VirtualTimeLoop) -> None:
    loop.run_until_complete(loop.pause(0.0123456))
    assert loop.now == 0.0123456
    assert loop.time() == pytest.approx(0.012)


def test_a_cancelled_timer_does_not_fire(loop: VirtualTimeLoop) -> None:
    fired: list[int] = []
    loop.call_later(1, fired.append, 1).cancel()
    loop.run_until_complete(loop.pause(2))
    assert not fired
