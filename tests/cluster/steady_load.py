"""A steady load of comments through the Ingress; the outcome of each is counted."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from typing import Self

import aiohttp

PER_SECOND = 25


class SteadyLoad:
    """Posts comments at a fixed rate, whatever their outcome, while the context lasts."""

    def __init__(self, url: str, per_second: float = PER_SECOND) -> None:
        self._url = url
        self._interval = 1 / per_second
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self.sent = 0
        self.acknowledged: set[str] = set()
        self.failures: list[str] = []
        self.slowest = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)

    async def _run(self) -> None:
        # A connection for each request: the controller may close an idle one at any time, and
        # how clients handle that is not tested here.
        connector = aiohttp.TCPConnector(force_close=True, limit=0)
        timeout = aiohttp.ClientTimeout(total=15)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            asyncio.TaskGroup() as tasks,
        ):
            due = time.monotonic()
            while not self._stop.is_set():
                tasks.create_task(self._post(session))
                due += self._interval
                await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _post(self, session: aiohttp.ClientSession) -> None:
        self.sent += 1
        started = time.monotonic()
        try:
            body = {"comment": f"A good day for {uuid.uuid4()}."}
            async with session.post(f"{self._url}/comments", json=body) as response:
                if response.status == 201:
                    self.acknowledged.add((await response.json())["comment_id"])
                else:
                    text = (await response.text())[:200]
                    self.failures.append(f"{time.strftime('%X')} {response.status}: {text}")
        except (aiohttp.ClientError, TimeoutError) as error:
            self.failures.append(f"{time.strftime('%X')} {error!r}")
        self.slowest = max(self.slowest, time.monotonic() - started)
