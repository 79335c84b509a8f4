"""Gathers items that arrive one by one into batches for one bulk call."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Full(Exception):  # noqa: N818 - as queue.Full
    """As many items wait as may wait; nothing was queued."""


class Coalescer(Generic[Item, Result]):
    """One caller, one item, one result; one call for many.

    While calls are in flight, the next batch forms; an item that finds a call free is taken at
    once, together with all that arrived in the same turn of the event loop. Nobody waits for a
    timer.
    """

    def __init__(
        self,
        call: Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]],
        *,
        max_batch: int,
        max_queue: int,
        max_calls: int = 1,
    ) -> None:
        """
        Args:
            call: takes a batch, gives one result or exception an item, in order. What it raises,
                every item of the batch gets.
            max_batch: items in one call.
            max_queue: items waiting for a call.
            max_calls: calls in flight at once.
        """
        self._call = call
        self._max_batch = max_batch
        self._max_queue = max_queue
        self._free_calls = max_calls
        self._queue: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._calls: set[asyncio.Task[None]] = set()

    async def submit(self, item: Item) -> Result:
        """The item's own result.

        A caller that is cancelled before the item's batch starts takes the item with it.

        Raises:
            Full: too many items wait.
            Exception: what `call` raised, or gave for this item.
        """
        if len(self._queue) >= self._max_queue:
            raise Full
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        if not self._queue and self._free_calls:
            loop.call_soon(self._start_calls)
        self._queue.append((item, future))
        return await future

    async def drain(self) -> None:
        """Wait until nothing is queued or in flight."""
        while self._queue or self._calls:
            await asyncio.wait(self._calls) if self._calls else await asyncio.sleep(0)

    def _start_calls(self) -> None:
        while self._free_calls and (batch := self._next_batch()):
            self._free_calls -= 1
            call = asyncio.create_task(self._run(batch))
            self._calls.add(call)
            call.add_done_callback(self._finished)

    def _next_batch(self) -> list[tuple[Item, asyncio.Future[Result]]]:
        batch: list[tuple[Item, asyncio.Future[Result]]] = []
        while self._queue and len(batch) < self._max_batch:
            entry = self._queue.popleft()
            if not entry[1].done():
                batch.append(entry)
        return batch

    async def _run(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        results: Sequence[Result | Exception]
        try:
            results = await self._call([item for item, _ in batch])
            if len(results) != len(batch):
                raise RuntimeError(f"{len(batch)} items went in, {len(results)} results came out")
        except Exception as error:
            results = [error] * len(batch)
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

    def _finished(self, call: asyncio.Task[None]) -> None:
        self._calls.discard(call)
        self._free_calls += 1
        self._start_calls()
