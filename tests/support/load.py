"""A steady load of comments, and the outcome of each."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import NamedTuple, Self

from loadtest.harness import generator
from loadtest.harness.generator import Answer
from tests.support.until import until

MODEL = "X-Model"
# On a busy machine the load falls behind by this much at most, instead of catching up all at once.
MAX_DELAY_SECONDS = 0.5


class Posted(NamedTuple):
    """The outcome of one comment."""

    sent: float
    """When it was due, by `time.monotonic`."""
    seconds: float
    """From then to the answer."""
    status: int
    """0 if there was no answer."""
    model: str
    retry_after: str | None


class SteadyLoad:
    """Posts a number of comments a second, whether or not they are answered."""

    def __init__(self, url: str, rate: float) -> None:
        self.posted: list[Posted] = []
        self._url = url
        self._rate = rate
        self._stopped = False

    async def __aenter__(self) -> Self:
        bodies = (f'{{"comment":"Number {n} is good enough."}}' for n in itertools.count())
        load = generator.post(f"{self._url}/comments", bodies, self._times(), self._keep)
        self._load = asyncio.create_task(load)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopped = True
        await self._load

    def since(self, start: float) -> list[Posted]:
        """The outcomes of comments that were sent since then."""
        return [posted for posted in self.posted if posted.sent >= start]

    async def until(self, condition: Callable[[], bool], *, seconds: float) -> float:
        """Keep up the load until a condition holds; returns how long that took.

        Raises:
            TimeoutError: it did not hold in that time.
        """
        started = time.monotonic()

        def holds() -> bool:
            if self._load.done():
                self._load.result()
            return condition()

        await until(holds, seconds=seconds)
        return time.monotonic() - started

    async def more(self, count: int) -> list[Posted]:
        """The outcomes of the next `count` comments that are sent from now on."""
        start = time.monotonic()
        await self.until(lambda: len(self.since(start)) >= count, seconds=60)
        return self.since(start)

    def _times(self) -> Iterator[float]:
        self._start = time.monotonic()
        due = 0.0
        while not self._stopped:
            yield due
            late = time.monotonic() - self._start - MAX_DELAY_SECONDS
            due = max(due + 1 / self._rate, late)

    def _keep(self, answer: Answer) -> None:
        self.posted.append(
            Posted(
                self._start + answer.due,
                answer.seconds,
                answer.status,
                answer.header(MODEL) or "",
                answer.header("Retry-After"),
            )
        )
