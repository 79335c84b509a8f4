"""What waits in a coalescer: items, and where their results go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from gateway import tracing

Item = TypeVar("Item")
Result = TypeVar("Result")
BatchCall = Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]]
"""Takes a batch and returns one result or exception per item, in order."""


def weightless(_item: object) -> int:
    """Weigh an item as nothing."""
    return 0


class Waiting(NamedTuple, Generic[Item, Result]):
    """An item, since when it waits, and the span in which it was queued."""

    item: Item
    result: asyncio.Future[Result] | Place[Result]
    since: float
    span: tracing.Span | None


class Together(Generic[Result]):
    """The results of items that one caller queued together, as one future. One for each item would
    cost more than all else that the gateway does for it."""

    __slots__ = ("_missing", "_results", "future")

    def __init__(self, items: int, loop: asyncio.AbstractEventLoop) -> None:
        """
        Args:
            items: their number, at least one.
            loop: that of the future.
        """
        self.future: asyncio.Future[list[Result | Exception]] = loop.create_future()
        self._missing = items
        # The errors are replaced before anybody sees them.
        self._results: list[Result | Exception] = [LookupError()] * items

    def places(self) -> list[Place[Result]]:
        """Where the result of each item goes."""
        return [Place(self, index) for index in range(len(self._results))]

    def put(self, index: int, result: Result | Exception) -> None:
        """The result of one item, which comes once."""
        self._results[index] = result
        self._missing -= 1
        if not self._missing:
            self.future.set_result(self._results)


class Place(Generic[Result]):
    """For one item of many, what a future is for a lone one."""

    __slots__ = ("_index", "_together")

    def __init__(self, together: Together[Result], index: int) -> None:
        self._together = together
        self._index = index

    def done(self) -> bool:
        """Whether nobody waits for the result any more."""
        return self._together.future.done()

    def set_result(self, result: Result) -> None:
        self._together.put(self._index, result)

    def set_exception(self, error: Exception) -> None:
        self._together.put(self._index, error)


def deliver(batch: Sequence[Waiting[Item, Result]], results: Sequence[Result | Exception]) -> None:
    """Give each item of a batch its result, if somebody waits for it."""
    for waiting, result in zip(batch, results, strict=True):
        if waiting.result.done():
            continue
        if isinstance(result, Exception):
            waiting.result.set_exception(result)
        else:
            waiting.result.set_result(result)
