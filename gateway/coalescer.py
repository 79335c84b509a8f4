"""Gathers items that arrive one by one into batches for one bulk call."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Full(Exception):  # noqa: N818 - as queue.Full
    """More waits than will be done in good time; nothing was queued."""


class _Waiting(NamedTuple, Generic[Item, Result]):
    item: Item
    result: asyncio.Future[Result]
    since: float


class Coalescer(Generic[Item, Result]):
    """One caller, one item, one result; one call for many.

    While calls are in flight, the next batch forms. An item that finds a call idle is taken at
    once, together with all that arrived in the same turn of the event loop. After a call, the
    next one waits for `eager` items or for `rest` times as long as the call took: otherwise small
    batches, each started the moment the last returned, would keep the callee busy at a fraction
    of its capacity, and its utilisation would say nothing about load. An item that need not wait
    for others ends a rest.
    """

    def __init__(
        self,
        call: Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]],
        *,
        max_batch: int,
        max_queue: int,
        max_wait: float,
        max_calls: int = 1,
        eager: int = 1,
        rest: float = 0.0,
        longest_rest: float = float("inf"),
        observe: Callable[[int, float], None] = lambda _size, _waited: None,
    ) -> None:
        """To be made where a loop runs.

        Args:
            call: takes a batch, gives one result or exception an item, in order. What it raises,
                every item of the batch gets.
            max_batch: items in one call.
            max_queue: items waiting for a call.
            max_wait: seconds; while an item waits longer, or the next one would by what the last
                call took, no more are taken.
            max_calls: calls in flight at once.
            eager: so many waiting items end a rest.
            rest: of the last call's duration.
            longest_rest: seconds; what follows a call that hung must not wait as long again.
            observe: told of each batch: its size, and how long its first item waited, in seconds.
        """
        self._loop = asyncio.get_running_loop()
        self._call = call
        self._max_batch = max_batch
        self._max_queue = max_queue
        self._max_wait = max_wait
        self._max_calls = max_calls
        self._eager = eager
        self._rest = rest
        self._longest_rest = longest_rest
        self._observe = observe
        self._queue: deque[_Waiting[Item, Result]] = deque()
        # Each of the `max_calls` is idle, resting until a time, or in flight.
        self._idle = max_calls
        self._resting: list[float] = []  # a heap
        self._in_flight: set[asyncio.Task[None]] = set()
        self._start: asyncio.Handle | None = None
        self._soon = False
        self._last_seconds = 0.0

    def __len__(self) -> int:
        """Items waiting."""
        return len(self._queue)

    @property
    def full(self) -> bool:
        """Whether the next item would be refused."""
        if self._is_full():
            self._drop_abandoned()
        return self._is_full()

    @property
    def max_calls(self) -> int:
        """Calls in flight at once; may be changed at any time."""
        return self._max_calls

    @max_calls.setter
    def max_calls(self, value: int) -> None:
        self._idle += value - self._max_calls
        self._max_calls = value
        self._schedule()

    async def submit(
        self, item: Item, *, even_if_full: bool = False, alone: bool = False
    ) -> Result:
        """The item's own result.

        A caller that is cancelled before the item's batch starts takes the item with it.

        Args:
            item: one of the next batch.
            even_if_full: for an item on which so much work was spent that it is not refused.
            alone: whether no others are to be expected, so that waiting for them is in vain.

        Raises:
            Full: too many items wait, or they wait too long.
            Exception: what `call` raised, or gave for this item.
        """
        if not even_if_full and self.full:
            raise Full
        waiting = _Waiting(item, self._loop.create_future(), self._loop.time())
        self._queue.append(waiting)
        if alone and self._resting and self._idle <= 0:
            heapq.heappop(self._resting)
            self._idle += 1
        if not self._soon:
            self._schedule()
        result: Result = await waiting.result
        return result

    async def drain(self) -> None:
        """Wait until nothing is queued or in flight."""
        self._rest = 0.0
        self._idle += len(self._resting)
        self._resting.clear()
        self._schedule()
        while self._queue or self._in_flight:
            await asyncio.wait(self._in_flight) if self._in_flight else await asyncio.sleep(0)

    def _schedule(self) -> None:
        """Have batches start when they may: now, after a rest, or not before a call ends."""
        self._wake(self._loop.time())
        self._soon = bool(self._queue) and self._call_is_free()
        if self._start and (self._soon or not self._queue):
            self._start.cancel()
            self._start = None
        if self._soon:
            self._start = self._loop.call_soon(self._start_calls)
        elif self._queue and self._resting and not self._start:
            self._start = self._loop.call_at(self._resting[0], self._start_calls)

    def _start_calls(self) -> None:
        self._start = None
        self._wake(self._loop.time())
        while self._call_is_free() and (batch := self._next_batch()):
            if self._idle > 0:
                self._idle -= 1
            else:
                heapq.heappop(self._resting)
            call = self._loop.create_task(self._run(batch))
            self._in_flight.add(call)
            call.add_done_callback(self._in_flight.discard)
        self._schedule()

    def _wake(self, now: float) -> None:
        while self._resting and self._resting[0] <= now:
            heapq.heappop(self._resting)
            self._idle += 1

    def _call_is_free(self) -> bool:
        return self._idle > 0 or (bool(self._resting) and len(self._queue) >= self._eager)

    def _next_batch(self) -> list[_Waiting[Item, Result]]:
        batch: list[_Waiting[Item, Result]] = []
        while self._queue and len(batch) < self._max_batch:
            waiting = self._queue.popleft()
            if not waiting.result.done():
                batch.append(waiting)
        return batch

    async def _run(self, batch: list[_Waiting[Item, Result]]) -> None:
        started = self._loop.time()
        self._observe(len(batch), started - batch[0].since)
        results: Sequence[Result | Exception]
        try:
            results = await self._call([waiting.item for waiting in batch])
            if len(results) != len(batch):
                raise RuntimeError(f"{len(batch)} items went in, {len(results)} results came out")
        except Exception as error:
            results = [error] * len(batch)
            self._finished(0.0)  # what failed says nothing about how long a batch takes
        else:
            self._finished(self._loop.time() - started)
        for waiting, result in zip(batch, results, strict=True):
            if waiting.result.done():
                continue
            if isinstance(result, Exception):
                waiting.result.set_exception(result)
            else:
                waiting.result.set_result(result)

    def _finished(self, seconds: float) -> None:
        self._last_seconds = seconds
        if self._rest and self._idle >= 0:
            now = self._loop.time()
            rest = min(self._rest * seconds, self._longest_rest)
            heapq.heappush(self._resting, now + rest)
        else:
            self._idle += 1
        self._schedule()

    def _is_full(self) -> bool:
        queue = self._queue
        if not queue:
            return False
        # Looking at the first alone would take a whole burst before noticing that it waits.
        calls_to_come = len(queue) / self._max_batch / max(self._max_calls, 1)
        return (
            len(queue) >= self._max_queue
            or calls_to_come * self._last_seconds > self._max_wait
            or self._loop.time() - queue[0].since > self._max_wait
        )

    def _drop_abandoned(self) -> None:
        while self._queue and self._queue[0].result.done():
            self._queue.popleft()
