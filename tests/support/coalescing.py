"""Items that are submitted to a coalescer, and a call that records its batches."""

from __future__ import annotations

import asyncio
from asyncio import Task
from collections.abc import Sequence
from typing import Any

from gateway.coalescer import Coalescer


def now() -> float:
    return asyncio.get_running_loop().time()


class Callee:
    """A bulk call that takes `seconds` and records when each batch started."""

    def __init__(self, seconds: float = 10) -> None:
        self.seconds = seconds
        self.fails_on: int | None = None
        """Batches with this item raise `ConnectionError`."""
        self.calls: list[tuple[float, list[int]]] = []

    async def __call__(self, items: Sequence[int]) -> list[int | Exception]:
        self.calls.append((now(), list(items)))
        await asyncio.sleep(self.seconds)
        if self.fails_on in items:
            raise ConnectionError
        return [ValueError(str(item)) if item < 0 else item * 10 for item in items]


def coalesce(callee: Callee, **limits: Any) -> Coalescer[int, int]:
    return Coalescer(callee, **{"max_batch": 10, "max_queue": 10, "max_wait": 60, **limits})


def submit(
    coalescer: Coalescer[int, int], *items: int, at: float = 0, **options: bool
) -> list[Task[int]]:
    """Have the items submitted together at a time of the loop."""

    arrival = asyncio.Event()
    asyncio.get_running_loop().call_at(at, arrival.set)

    async def submit_one(item: int) -> int:
        await arrival.wait()
        return await coalescer.submit(item, **options)

    return [asyncio.create_task(submit_one(item)) for item in items]


async def outcomes(tasks: list[Task[int]]) -> list[object]:
    """The result of each task, or the type of its exception."""
    results = await asyncio.gather(*tasks, return_exceptions=True)
    return [type(result) if isinstance(result, BaseException) else result for result in results]
