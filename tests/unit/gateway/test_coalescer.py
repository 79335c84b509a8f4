from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from gateway.coalescer import Coalescer, Full


class Calls:
    """A bulk call that a test holds open and looks into."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = asyncio.Event()

    async def __call__(self, items: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(items))
        await self.open.wait()
        return [ValueError(str(item)) if item < 0 else item * 10 for item in items]


async def submitted(
    coalescer: Coalescer[int, int], items: Sequence[int]
) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(coalescer.submit(item)) for item in items]
    for _ in range(3):  # the turns of the loop that tasks, call_soon and the call's task take
        await asyncio.sleep(0)
    return tasks


async def test_a_lone_item_is_taken_at_once() -> None:
    calls = Calls()
    tasks = await submitted(Coalescer(calls, max_batch=10, max_queue=10, max_wait=60), [1])
    assert calls.batches == [[1]]
    calls.open.set()
    assert await asyncio.gather(*tasks) == [10]


async def test_what_arrives_during_a_call_makes_the_next_batch() -> None:
    calls = Calls()
    coalescer = Coalescer(calls, max_batch=10, max_queue=10, max_wait=60)
    tasks = await submitted(coalescer, [1])
    tasks += await submitted(coalescer, [2, 3])
    tasks += await submitted(coalescer, [4])
    assert calls.batches == [[1]]
    calls.open.set()
    assert await asyncio.gather(*tasks) == [10, 20, 30, 40]
    assert calls.batches == [[1], [2, 3, 4]]


async def test_batches_and_calls_are_bounded() -> None:
    calls = Calls()
    coalescer = Coalescer(calls, max_batch=2, max_queue=10, max_wait=60, max_calls=2)
    tasks = await submitted(coalescer, range(7))
    assert calls.batches == [[0, 1], [2, 3]]
    calls.open.set()
    assert await asyncio.gather(*tasks) == [n * 10 for n in range(7)]
    assert calls.batches == [[0, 1], [2, 3], [4, 5], [6]]


async def test_a_full_queue_refuses_and_keeps_what_it_has() -> None:
    calls = Calls()
    coalescer = Coalescer(calls, max_batch=1, max_queue=2, max_wait=60)
    tasks = await submitted(coalescer, [1])
    tasks += await submitted(coalescer, [2, 3])
    with pytest.raises(Full):
        await coalescer.submit(4)
    calls.open.set()
    assert await asyncio.gather(*tasks) == [10, 20, 30]


async def test_an_items_own_error_is_its_own() -> None:
    calls = Calls()
    calls.open.set()
    tasks = await submitted(Coalescer(calls, max_batch=10, max_queue=10, max_wait=60), [1, -2, 3])
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results[0] == 10
    assert isinstance(results[1], ValueError)
    assert results[2] == 30


async def test_a_failed_call_fails_its_batch_and_no_other() -> None:
    class Failing(Calls):
        async def __call__(self, items: Sequence[int]) -> list[int | Exception]:
            results = await super().__call__(items)
            if 1 in items:
                raise ConnectionError
            return results

    calls = Failing()
    coalescer = Coalescer(calls, max_batch=2, max_queue=10, max_wait=60)
    tasks = await submitted(coalescer, [1, 2, 3])
    calls.open.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionError, ConnectionError, int]


async def test_a_call_that_loses_items_is_an_error() -> None:
    async def lossy(items: Sequence[int]) -> list[int]:
        return list(items)[1:]

    with pytest.raises(RuntimeError, match="1 items went in, 0 results came out"):
        await Coalescer(lossy, max_batch=10, max_queue=10, max_wait=60).submit(1)


async def test_a_cancelled_item_is_not_started() -> None:
    calls = Calls()
    coalescer = Coalescer(calls, max_batch=10, max_queue=10, max_wait=60)
    tasks = await submitted(coalescer, [1])
    tasks += await submitted(coalescer, [2, 3])
    tasks[1].cancel()
    calls.open.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results[1], asyncio.CancelledError)
    assert (results[0], results[2]) == (10, 30)
    assert calls.batches == [[1], [3]]


async def test_cancelling_one_in_flight_leaves_its_batch_mates() -> None:
    calls = Calls()
    tasks = await submitted(Coalescer(calls, max_batch=10, max_queue=10, max_wait=60), [1, 2])
    tasks[0].cancel()
    calls.open.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert results[1] == 20


async def test_drain_waits_for_queued_and_in_flight() -> None:
    calls = Calls()
    coalescer = Coalescer(calls, max_batch=1, max_queue=10, max_wait=60)
    tasks = await submitted(coalescer, [1, 2, 3])
    drain = asyncio.create_task(coalescer.drain())
    await asyncio.sleep(0)
    assert not drain.done()
    calls.open.set()
    await drain
    assert calls.batches == [[1], [2], [3]]
    assert await asyncio.gather(*tasks) == [10, 20, 30]


class Clock:
    """The loop's time, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._loop = asyncio.get_running_loop()
        self._ahead = 0.0
        real = self._loop.time
        monkeypatch.setattr(self._loop, "time", lambda: real() + self._ahead)

    async def advance(self, seconds: float) -> None:
        self._ahead += seconds
        for _ in range(5):
            await asyncio.sleep(0)


async def test_after_a_call_the_next_waits_as_long_as_it_took(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, calls = Clock(monkeypatch), Calls()
    coalescer = Coalescer(calls, max_batch=10, max_queue=10, max_wait=60, eager=5, rest=2.0)
    tasks = await submitted(coalescer, [1])
    await clock.advance(10)
    calls.open.set()
    assert await tasks[0] == 10
    tasks = await submitted(coalescer, [2, 3])
    await clock.advance(19)
    assert calls.batches == [[1]]
    await clock.advance(2)
    assert calls.batches == [[1], [2, 3]]
    assert await asyncio.gather(*tasks) == [20, 30]


async def test_enough_items_end_a_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, calls = Clock(monkeypatch), Calls()
    coalescer = Coalescer(calls, max_batch=10, max_queue=10, max_wait=60, eager=3, rest=2.0)
    tasks = await submitted(coalescer, [1])
    await clock.advance(10)
    calls.open.set()
    assert await tasks[0] == 10
    tasks = await submitted(coalescer, [2, 3])
    assert calls.batches == [[1]]
    tasks += await submitted(coalescer, [4])
    assert calls.batches == [[1], [2, 3, 4]]
    assert await asyncio.gather(*tasks) == [20, 30, 40]


async def test_an_item_that_is_alone_ends_a_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, calls = Clock(monkeypatch), Calls()
    coalescer = Coalescer(calls, max_batch=10, max_queue=10, max_wait=60, eager=3, rest=2.0)
    tasks = await submitted(coalescer, [1])
    await clock.advance(10)
    # While a call is in flight there is no rest to end.
    tasks.append(asyncio.create_task(coalescer.submit(2, alone=True)))
    await asyncio.sleep(0)
    assert calls.batches == [[1]]
    calls.open.set()
    assert await tasks[0] == 10
    await clock.advance(1)
    assert calls.batches == [[1]]
    assert await coalescer.submit(3, alone=True) == 30
    assert calls.batches == [[1], [2, 3]]
    assert await tasks[1] == 20


async def test_while_the_first_waits_too_long_no_more_are_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, calls = Clock(monkeypatch), Calls()
    coalescer = Coalescer(calls, max_batch=10, max_queue=10, max_wait=5)
    tasks = await submitted(coalescer, [1])
    tasks += await submitted(coalescer, [2])
    await clock.advance(6)
    with pytest.raises(Full):
        await coalescer.submit(3)
    calls.open.set()
    assert await asyncio.gather(*tasks) == [10, 20]
    assert await coalescer.submit(4) == 40


async def test_a_burst_is_taken_as_far_as_it_will_be_done_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, calls = Clock(monkeypatch), Calls()
    coalescer = Coalescer(calls, max_batch=2, max_queue=100, max_wait=5.5)
    tasks = await submitted(coalescer, [0])
    await clock.advance(2)
    calls.open.set()
    assert await tasks[0] == 0
    calls.open.clear()
    # A call took two seconds, so the seventh would wait for six.
    tasks = await submitted(coalescer, range(10))
    assert [task.done() for task in tasks] == 6 * [False] + 4 * [True]
    assert [type(task.exception()) for task in tasks[6:]] == 4 * [Full]
    calls.open.set()
    assert await asyncio.gather(*tasks[:6]) == [n * 10 for n in range(6)]


async def test_what_must_not_be_refused_is_not() -> None:
    calls = Calls()
    coalescer = Coalescer(calls, max_batch=1, max_queue=1, max_wait=60)
    tasks = await submitted(coalescer, [1])
    tasks += await submitted(coalescer, [2])
    assert coalescer.full
    tasks.append(asyncio.create_task(coalescer.submit(3, even_if_full=True)))
    calls.open.set()
    assert await asyncio.gather(*tasks) == [10, 20, 30]
    assert not coalescer.full


async def test_a_rest_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, calls = Clock(monkeypatch), Calls()
    coalescer = Coalescer(
        calls, max_batch=10, max_queue=10, max_wait=600, eager=5, rest=1.0, longest_rest=3.0
    )
    tasks = await submitted(coalescer, [1])
    await clock.advance(100)
    calls.open.set()
    assert await tasks[0] == 10
    tasks = await submitted(coalescer, [2])
    await clock.advance(2)
    assert calls.batches == [[1]]
    await clock.advance(2)
    assert calls.batches == [[1], [2]]
    assert await asyncio.gather(*tasks) == [20]


async def test_abandoned_items_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, calls = Clock(monkeypatch), Calls()
    coalescer = Coalescer(calls, max_batch=10, max_queue=1, max_wait=5)
    tasks = await submitted(coalescer, [1])
    tasks += await submitted(coalescer, [2])
    await clock.advance(6)
    tasks[1].cancel()
    tasks += await submitted(coalescer, [3])
    calls.open.set()
    assert await tasks[2] == 30
    assert calls.batches == [[1], [3]]


async def test_calls_may_be_added_and_taken_away() -> None:
    calls = Calls()
    coalescer = Coalescer(calls, max_batch=1, max_queue=10, max_wait=60)
    tasks = await submitted(coalescer, range(6))
    assert len(calls.batches) == 1
    coalescer.max_calls = 3
    tasks += await submitted(coalescer, [])
    assert len(calls.batches) == 3
    coalescer.max_calls = 1
    calls.open.set()
    assert await asyncio.gather(*tasks) == [n * 10 for n in range(6)]
    calls.open.clear()
    tasks = await submitted(coalescer, range(6))
    assert len(calls.batches) == 7
    calls.open.set()
    await asyncio.gather(*tasks)


async def test_batches_are_observed() -> None:
    seen: list[int] = []
    calls = Calls()
    calls.open.set()
    coalescer = Coalescer(
        calls,
        max_batch=2,
        max_queue=10,
        max_wait=60,
        observe=lambda size, waited: seen.append(size if waited >= 0 else -1),
    )
    await asyncio.gather(*(coalescer.submit(n) for n in range(3)))
    assert seen == [2, 1]
