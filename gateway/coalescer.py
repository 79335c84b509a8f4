"""Coalesces items that arrive one by one into batches for a bulk call."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic

from gateway import tracing
from gateway.slots import Slots
from gateway.waiting import BatchCall, Item, Result, Together, Waiting, deliver, weightless

# uvloop rounds timers to milliseconds, so they may fire early. Without this allowance they would be
# set again and again until the pause has ended.
TIMER_ERROR_SECONDS = 0.001
# Of the event loop, until a call is on its way: tasks for the batch, the request and its body.
TURNS_OF_A_START = 4


class Full(Exception):  # noqa: N818 - as queue.Full
    """The queue is too long to be worked off in time; the item was not queued."""


class Coalescer(Generic[Item, Result]):
    """Each caller submits one item and gets its result; one call serves many items.

    While calls are in flight, the next batch forms. If a call is free, an item starts one at once,
    together with all items that arrived in the same turn of the event loop. After a call, the next
    one waits for `min_items` items, or for `pause_factor` times the duration of the last call.
    Without this pause, small batches, each started the moment the last one returned, would keep
    the callee busy at a fraction of its capacity, and its utilisation would say nothing about load.
    """

    def __init__(
        self,
        call: BatchCall[Item, Result],
        *,
        max_batch: int,
        max_queue: int,
        max_wait: float,
        max_calls: int = 1,
        min_items: int = 1,
        pause_factor: float = 0.0,
        max_pause: float = float("inf"),
        observe: Callable[[int, float], None] = lambda _size, _waited: None,
        stage: str = "call",
        weigh: Callable[[Item], int] = weightless,
        max_weight: float = 0,
    ) -> None:
        """Create it inside a running event loop.

        Args:
            call: serves a batch. If it raises, every item of the batch gets the exception.
            max_batch: the most items in one call.
            max_queue: the most items that wait for a call.
            max_wait: seconds. No more items are accepted while one has waited longer, or while a
                new one would, judging by the duration of the last call.
            max_calls: the most calls in flight at once.
            min_items: number of waiting items that ends a pause.
            pause_factor: pause after a call, as a multiple of the call's duration.
            max_pause: seconds; a call that hung must not cause an equally long pause.
            observe: called for each batch with its size and the seconds its first item waited.
            stage: what traces call the work.
            weigh: what an item weighs.
            max_weight: of the items in one call, unless it is a single one.
        """
        self._loop = asyncio.get_running_loop()
        self._call = call
        self._max_batch = max_batch
        self._max_weight = max_weight
        self._weigh = weigh
        self._max_queue = max_queue
        self._max_wait = max_wait
        self._slots = Slots(max_calls)
        self._min_items = min_items
        self._pause_factor = pause_factor
        self._max_pause = max_pause
        self._observe = observe
        self._stage = stage
        self._queue: deque[Waiting[Item, Result]] = deque()
        self._in_flight: set[asyncio.Task[None]] = set()
        self._start: asyncio.Handle | None = None
        self._starts_this_turn = False
        self._last_seconds = 0.0

    def __len__(self) -> int:
        """Number of items waiting."""
        return len(self._queue)

    @property
    def calls(self) -> int:
        """Number of calls in flight."""
        return len(self._in_flight)

    @property
    def full(self) -> bool:
        """Whether the next item would be rejected."""
        if self._is_full():
            self._drop_abandoned()
        return self._is_full()

    @property
    def max_calls(self) -> int:
        """The most calls in flight at once; may change at any time."""
        return self._slots.number

    @max_calls.setter
    def max_calls(self, value: int) -> None:
        self._slots.number = value
        self._schedule()

    async def submit(
        self, item: Item, *, even_if_full: bool = False, alone: bool = False
    ) -> Result:
        """Queue the item and return its result.

        If the caller is cancelled before the item's batch starts, the item is dropped.

        Args:
            item: goes into the next batch.
            even_if_full: accept the item whatever waits, because work was already spent on it.
            alone: no other items are expected, so end a pause instead of waiting for them.

        Raises:
            Full: too many items are waiting, or have waited too long.
            Exception: raised by `call`, or returned by it for this item.
        """
        if not even_if_full and self.full:
            raise Full
        result: asyncio.Future[Result] = self._loop.create_future()
        self._queue.append(Waiting(item, result, self._loop.time(), tracing.current()))
        if alone:
            self._slots.end_a_pause()
        if not self._starts_this_turn:
            self._schedule()
        return await result

    async def submit_many(self, items: Sequence[Item]) -> list[Result | Exception]:
        """Queue items of one caller, whatever waits, and return what `submit` returns or raises for
        each. If the caller is cancelled, those whose batches have not started are dropped."""
        if not items:
            return []
        together: Together[Result] = Together(len(items), self._loop)
        now, span = self._loop.time(), tracing.current()
        for item, place in zip(items, together.places(), strict=True):
            self._queue.append(Waiting(item, place, now, span))
        if not self._starts_this_turn:
            self._schedule()
        return await together.future

    def reject(self, error: Exception) -> None:
        """Have all items that wait for a call fail with an error of this type and text. Calls in
        flight go on."""
        while self._queue:
            waiting = self._queue.popleft()
            if not waiting.result.done():
                # One each: they are raised in different tasks.
                waiting.result.set_exception(type(error)(str(error)))

    async def drain(self) -> None:
        """Wait until nothing is queued or in flight."""
        self._pause_factor = 0.0
        self._slots.end_pauses(float("inf"))
        self._schedule()
        while self._queue or self._in_flight:
            await asyncio.wait(self._in_flight) if self._in_flight else await asyncio.sleep(0)

    def _schedule(self) -> None:
        """Arrange the next start: this turn, when a pause ends, or once a call has ended."""
        self._slots.end_pauses(self._loop.time())
        self._starts_this_turn = bool(self._queue) and self._call_is_free()
        if self._start and (self._starts_this_turn or not self._queue):
            self._start.cancel()
            self._start = None
        if self._starts_this_turn:
            self._start = self._loop.call_soon(self._start_calls)
        elif self._queue and not self._start and (end := self._slots.next_end) is not None:
            self._start = self._loop.call_at(end, self._start_calls)

    def _start_calls(self) -> None:
        self._start = None
        self._slots.end_pauses(self._loop.time() + TIMER_ERROR_SECONDS)
        while self._call_is_free() and (batch := self._next_batch()):
            self._slots.take()
            call = self._loop.create_task(self._run(batch))
            self._in_flight.add(call)
            call.add_done_callback(self._in_flight.discard)
        self._schedule()

    def _call_is_free(self) -> bool:
        return self._slots.is_free(even_if_paused=len(self._queue) >= self._min_items)

    def _next_batch(self) -> list[Waiting[Item, Result]]:
        batch: list[Waiting[Item, Result]] = []
        room = self._max_weight
        while self._queue and len(batch) < self._max_batch:
            waiting = self._queue[0]
            if not waiting.result.done():
                room -= self._weigh(waiting.item)
                if room < 0 and batch:
                    break
                batch.append(waiting)
            self._queue.popleft()
        return batch

    async def _run(self, batch: list[Waiting[Item, Result]]) -> None:
        started = self._loop.time()
        self._observe(len(batch), started - batch[0].since)
        waited = ((waiting.span, started - waiting.since) for waiting in batch)
        results: Sequence[Result | Exception]
        try:
            with tracing.batch(self._stage, len(batch), waited):
                results = await self._call([waiting.item for waiting in batch])
                tracing.failures(results)
            if len(results) != len(batch):
                raise RuntimeError(f"{len(batch)} items went in, {len(results)} results came out")
        except Exception as error:
            results = [error] * len(batch)
            self._finished(0.0)  # a failure says nothing about how long a batch takes
        else:
            self._finished(self._loop.time() - started)
        # What callers do with their results takes longer than to send the next call.
        for _ in range(TURNS_OF_A_START if self._starts_this_turn else 0):
            await asyncio.sleep(0)
        deliver(batch, results)

    def _finished(self, seconds: float) -> None:
        self._last_seconds = seconds
        pause = min(self._pause_factor * seconds, self._max_pause)
        self._slots.give_back(self._loop.time() + pause if self._pause_factor else None)
        self._schedule()

    def _is_full(self) -> bool:
        queue = self._queue
        if not queue:
            return False
        # The first item alone would only show a burst once all of it had been accepted.
        calls_to_come = len(queue) / self._max_batch / max(self._slots.number, 1)
        return (
            len(queue) >= self._max_queue
            or calls_to_come * self._last_seconds > self._max_wait
            or self._loop.time() - queue[0].since > self._max_wait
        )

    def _drop_abandoned(self) -> None:
        while self._queue and self._queue[0].result.done():
            self._queue.popleft()
