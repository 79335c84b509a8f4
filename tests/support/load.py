"""A steady load of comments, and what became of each."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple, Self

import aiohttp

from tests.support.until import until

MODEL = "X-Model"


class Posted(NamedTuple):
    """One comment's fate; times are `time.monotonic`'s."""

    sent: float
    seconds: float
    status: int
    """0 if there was no answer."""
    model: str
    retry_after: str | None


class SteadyLoad:
    """Posts so many comments a second, whether or not they are answered."""

    def __init__(self, url: str, rate: float) -> None:
        self.posted: list[Posted] = []
        self._url = url
        self._rate = rate
        self._under_way: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=30)
        )
        self._pace = asyncio.create_task(self._keep_posting())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pace.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._pace
        if self._under_way:
            await asyncio.wait(self._under_way)
        await self._session.close()

    def since(self, start: float) -> list[Posted]:
        """What was sent from then on and has ended."""
        return [posted for posted in self.posted if posted.sent >= start]

    async def until(self, condition: Callable[[], bool], *, seconds: float) -> float:
        """Load on until it holds; returns how long that took.

        Raises:
            TimeoutError: it did not in that time.
        """
        started = time.monotonic()

        def holds() -> bool:
            self._check()
            return condition()

        await until(holds, seconds=seconds)
        return time.monotonic() - started

    async def more(self, count: int) -> list[Posted]:
        """The fates of so many more comments that are sent from now on."""
        start = time.monotonic()
        await self.until(lambda: len(self.since(start)) >= count, seconds=60)
        return self.since(start)

    def _check(self) -> None:
        if self._pace.done():
            self._pace.result()

    async def _keep_posting(self) -> None:
        started = time.monotonic()
        for number in itertools.count():
            early = started + number / self._rate - time.monotonic()
            if early < -0.5:
                # A machine that is busy with other things gets less load, not all of it at once.
                started -= early
            await asyncio.sleep(max(early, 0))
            task = asyncio.create_task(self._post(number))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _post(self, number: int) -> None:
        sent = time.monotonic()
        status, model, retry_after = 0, "", None
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with self._session.post(
                f"{self._url}/comments", json={"comment": f"Number {number} is good enough."}
            ) as response:
                await response.read()
                status = response.status
                model = response.headers.get(MODEL, "")
                retry_after = response.headers.get("Retry-After")
        seconds = time.monotonic() - sent
        self.posted.append(Posted(sent, seconds, status, model, retry_after))
