"""The coalescer on an event loop with virtual time, which starts at 0 and skips all waiting."""

from __future__ import annotations

import asyncio
from asyncio import CancelledError
from collections.abc import Sequence

import pytest

from gateway.coalescer import Coalescer, Full
from tests.support.coalescing import Callee, coalesce, now, outcomes, submit

pytestmark = pytest.mark.looptime


async def test_a_lone_item_starts_at_once() -> None:
    callee = Callee()
    tasks = submit(coalesce(callee, min_items=5, pause_factor=2.0), 1)
    assert await outcomes(tasks) == [10]
    assert callee.calls == [(0, [1])]


async def test_items_that_arrive_during_a_call_form_the_next_batch() -> None:
    callee = Callee()
    coalescer = coalesce(callee)
    tasks = submit(coalescer, 1) + submit(coalescer, 2, 3, at=1) + submit(coalescer, 4, at=2)
    assert await outcomes(tasks) == [10, 20, 30, 40]
    assert callee.calls == [(0, [1]), (10, [2, 3, 4])]


async def test_batch_size_and_concurrent_calls_are_limited() -> None:
    callee = Callee()
    tasks = submit(coalesce(callee, max_batch=2, max_calls=2), *range(7))
    assert await outcomes(tasks) == [n * 10 for n in range(7)]
    assert callee.calls == [(0, [0, 1]), (0, [2, 3]), (10, [4, 5]), (10, [6])]


async def test_the_weight_of_a_call_is_limited() -> None:
    callee = Callee()
    coalescer = coalesce(callee, weigh=lambda item: item, max_weight=7)
    assert await coalescer.submit_many([3, 4, 1, 9, 2]) == [30, 40, 10, 90, 20]
    assert [batch for _, batch in callee.calls] == [[3, 4], [1], [9], [2]]


async def test_items_of_one_caller_get_their_results_in_order() -> None:
    callee = Callee()
    callee.fails_on = 4
    coalescer = coalesce(callee, max_batch=2, max_queue=1)
    results = await coalescer.submit_many([1, -2, 3, 4, 5])
    kinds = [type(each) if isinstance(each, Exception) else each for each in results]
    assert kinds == [10, ValueError, ConnectionError, ConnectionError, 50]
    assert await coalescer.submit_many([]) == []


async def test_items_whose_only_caller_is_cancelled_are_not_sent() -> None:
    callee = Callee()
    coalescer = coalesce(callee, max_batch=2)
    task = asyncio.create_task(coalescer.submit_many([1, 2, 3]))
    await asyncio.sleep(5)
    task.cancel()
    assert await outcomes(submit(coalescer, 4, at=6)) == [40]
    assert callee.calls == [(0, [1, 2]), (10, [4])]


async def test_the_next_call_goes_out_before_results_are_given_out() -> None:
    order: list[str] = []

    async def call(items: Sequence[int]) -> Sequence[int]:
        order.append(f"call {items[0]}")
        await asyncio.sleep(1)
        return items

    async def submit_one(item: int) -> None:
        await coalescer.submit(item)
        order.append(f"result {item}")

    coalescer = Coalescer(call, max_batch=1, max_queue=10, max_wait=60)
    await asyncio.gather(submit_one(1), submit_one(2))
    assert order == ["call 1", "call 2", "result 1", "result 2"]


async def test_a_full_queue_rejects_new_items_and_keeps_the_old() -> None:
    coalescer = coalesce(Callee(), max_batch=1, max_queue=2)
    tasks = submit(coalescer, 1) + submit(coalescer, 2, 3, at=1) + submit(coalescer, 4, at=2)
    assert await outcomes(tasks) == [10, 20, 30, Full]


async def test_what_waits_can_be_rejected_and_calls_go_on() -> None:
    callee = Callee()
    coalescer = coalesce(callee, max_batch=1)
    tasks = submit(coalescer, 1) + submit(coalescer, 2, 3, at=1)
    await asyncio.sleep(2)
    coalescer.reject(ConnectionError("gone"))
    assert len(coalescer) == 0
    tasks += submit(coalescer, 4, at=3)
    assert await outcomes(tasks) == [10, ConnectionError, ConnectionError, 40]
    assert callee.calls == [(0, [1]), (10, [4])]


async def test_an_item_with_an_error_does_not_fail_its_batch() -> None:
    assert await outcomes(submit(coalesce(Callee()), 1, -2, 3)) == [10, ValueError, 30]


async def test_a_failed_call_fails_only_its_own_batch() -> None:
    callee = Callee()
    callee.fails_on = 1
    tasks = submit(coalesce(callee, max_batch=2), 1, 2, 3)
    assert await outcomes(tasks) == [ConnectionError, ConnectionError, 30]


async def test_a_call_that_returns_too_few_results_is_an_error() -> None:
    async def lossy(items: Sequence[int]) -> list[int]:
        return list(items)[1:]

    with pytest.raises(RuntimeError, match="1 items went in, 0 results came out"):
        await Coalescer(lossy, max_batch=10, max_queue=10, max_wait=60).submit(1)


async def test_a_cancelled_item_is_not_sent() -> None:
    callee = Callee()
    coalescer = coalesce(callee)
    tasks = submit(coalescer, 1) + submit(coalescer, 2, 3, at=1)
    await asyncio.sleep(5)
    tasks[1].cancel()
    assert await outcomes(tasks) == [10, CancelledError, 30]
    assert callee.calls == [(0, [1]), (10, [3])]


async def test_cancelling_an_item_in_flight_leaves_the_rest_of_its_batch() -> None:
    tasks = submit(coalesce(Callee()), 1, 2)
    await asyncio.sleep(5)
    tasks[0].cancel()
    assert await outcomes(tasks) == [CancelledError, 20]


async def test_cancelled_items_free_their_place_in_the_queue() -> None:
    callee = Callee()
    coalescer = coalesce(callee, max_queue=1, max_wait=5)
    tasks = submit(coalescer, 1) + submit(coalescer, 2, at=1) + submit(coalescer, 3, at=8)
    await asyncio.sleep(7)
    tasks[1].cancel()
    assert await outcomes(tasks) == [10, CancelledError, 30]
    assert callee.calls == [(0, [1]), (10, [3])]


async def test_drain_waits_for_items_queued_and_in_flight() -> None:
    callee = Callee()
    coalescer = coalesce(callee, max_batch=1)
    tasks = submit(coalescer, 1, 2, 3)
    await asyncio.sleep(1)
    await coalescer.drain()
    assert now() == 30
    assert callee.calls == [(0, [1]), (10, [2]), (20, [3])]
    assert await outcomes(tasks) == [10, 20, 30]


async def test_no_items_are_accepted_while_one_has_waited_too_long() -> None:
    coalescer = coalesce(Callee(seconds=10), max_wait=5)
    tasks = [submit(coalescer, item, at=at) for item, at in ((1, 0), (2, 1), (3, 5), (4, 7))]
    assert [await outcomes(task) for task in tasks] == [[10], [20], [30], [Full]]
    assert await coalescer.submit(5) == 50


async def test_a_burst_is_accepted_as_far_as_it_will_be_done_in_time() -> None:
    coalescer = coalesce(Callee(seconds=2), max_batch=2, max_queue=100, max_wait=5.5)
    await coalescer.submit(0)
    # A call takes two seconds, so the seventh item would have to wait for six.
    tasks = submit(coalescer, *range(10))
    assert await outcomes(tasks) == [0, 10, 20, 30, 40, 50, *4 * [Full]]


async def test_even_a_full_queue_accepts_an_item_on_request() -> None:
    coalescer = coalesce(Callee(), max_batch=1, max_queue=1)
    tasks = submit(coalescer, 1) + submit(coalescer, 2, at=1)
    tasks += submit(coalescer, 3, at=3, even_if_full=True)
    await asyncio.sleep(2)
    assert coalescer.full
    assert await outcomes(tasks) == [10, 20, 30]
    assert not coalescer.full


@pytest.mark.parametrize("pause_factor", [0.0, 2.0])
async def test_the_number_of_concurrent_calls_may_change(pause_factor: float) -> None:
    callee = Callee()
    coalescer = coalesce(callee, max_batch=1, pause_factor=pause_factor)
    tasks = submit(coalescer, *range(6))
    await asyncio.sleep(1)
    coalescer.max_calls = 3
    await asyncio.sleep(1)
    coalescer.max_calls = 1
    await outcomes(tasks)
    assert callee.calls == [(0, [0]), (1, [1]), (1, [2]), (11, [3]), (21, [4]), (31, [5])]


async def test_each_batch_is_observed_with_its_size_and_longest_wait() -> None:
    observed: list[tuple[int, float]] = []
    coalescer = coalesce(
        Callee(), max_batch=2, observe=lambda size, waited: observed.append((size, waited))
    )
    await outcomes(submit(coalescer, 0, 1, 2) + submit(coalescer, 3, at=4))
    assert observed == [(2, 0), (2, 10)]
