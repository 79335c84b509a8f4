"""The pauses between a coalescer's calls, on an event loop with virtual time."""

from __future__ import annotations

import asyncio

import pytest
import uvloop

from gateway.coalescer import Coalescer
from tests.support.coalescing import Callee, coalesce, outcomes, submit

pytestmark = pytest.mark.looptime


async def test_drain_ends_a_pause_and_starts_no_other() -> None:
    callee = Callee()
    coalescer = coalesce(callee, max_batch=1, min_items=5, pause_factor=100.0)
    tasks = submit(coalescer, 1) + submit(coalescer, 2, 3, at=11)
    await asyncio.sleep(12)
    await coalescer.drain()
    assert callee.calls == [(0, [1]), (12, [2]), (22, [3])]
    assert await outcomes(tasks) == [10, 20, 30]


async def test_a_call_is_followed_by_a_pause_in_proportion_to_its_duration() -> None:
    callee = Callee(seconds=10)
    coalescer = coalesce(callee, min_items=5, pause_factor=2.0)
    await outcomes(submit(coalescer, 1) + submit(coalescer, 2, 3, at=11))
    assert callee.calls == [(0, [1]), (30, [2, 3])]


async def test_a_pause_is_limited() -> None:
    callee = Callee(seconds=100)
    coalescer = coalesce(callee, min_items=5, pause_factor=1.0, max_pause=3.0)
    await outcomes(submit(coalescer, 1) + submit(coalescer, 2, at=101))
    assert callee.calls == [(0, [1]), (103, [2])]


async def test_a_failed_call_is_followed_by_no_pause() -> None:
    callee = Callee()
    callee.fails_on = 1
    coalescer = coalesce(callee, min_items=5, pause_factor=2.0)
    tasks = submit(coalescer, 1) + submit(coalescer, 2, at=11)
    assert await outcomes(tasks) == [ConnectionError, 20]
    assert callee.calls == [(0, [1]), (11, [2])]


async def test_enough_items_end_a_pause() -> None:
    callee = Callee()
    coalescer = coalesce(callee, min_items=3, pause_factor=2.0)
    await outcomes(
        submit(coalescer, 1) + submit(coalescer, 2, 3, at=11) + submit(coalescer, 4, at=12)
    )
    assert callee.calls == [(0, [1]), (12, [2, 3, 4])]


async def test_an_item_that_is_alone_ends_a_pause_but_no_call() -> None:
    callee = Callee()
    coalescer = coalesce(callee, min_items=3, pause_factor=2.0)
    await outcomes(
        submit(coalescer, 1)
        + submit(coalescer, 2, at=5, alone=True)
        + submit(coalescer, 3, at=12, alone=True)
    )
    assert callee.calls == [(0, [1]), (12, [2, 3])]


def test_timers_that_fire_early_are_not_set_again_and_again() -> None:
    """uvloop's timers do, by up to a millisecond."""

    class CountingCoalescer(Coalescer[int, int]):
        starts = 0

        def _start_calls(self) -> None:
            CountingCoalescer.starts += 1
            super()._start_calls()

    async def submit_during_pauses() -> int:
        callee = Callee(seconds=0.003)
        coalescer = CountingCoalescer(
            callee, max_batch=64, max_queue=1_000, max_wait=60, min_items=32, pause_factor=4
        )
        tasks = []
        for item in range(100):
            tasks.append(asyncio.create_task(coalescer.submit(item)))
            await asyncio.sleep(0.002)  # items arrive at this interval
        await asyncio.gather(*tasks)
        return len(callee.calls)

    calls = uvloop.run(submit_during_pauses())
    assert calls <= CountingCoalescer.starts <= 3 * calls
