"""A program for a pod: posts at a steady rate to the addresses that a name had some seconds ago.

It stands for clients that learn late that a pod terminates: a load balancer that its controller has
not updated yet, or a resolver that caches an answer for as long as allowed. Like a load balancer it
keeps its connections and retries nothing. Each second it prints a line of JSON: `sent`, `answered`,
`failed` by cause, and the `addresses` in use. Its settings are environment variables.
"""

from __future__ import annotations

import asyncio
import collections
import json
import os
import random
import socket
import time

import aiohttp

URL = os.environ.get("URL", "")  # {} stands for the address
HOST = os.environ.get("HOST", "")
BODY = os.environ.get("BODY", "").encode()
LATE_SECONDS = float(os.environ.get("LATE_SECONDS", "0"))
PER_SECOND = float(os.environ.get("PER_SECOND", "1"))
RESOLVE_SECONDS = 0.25


class StaleClient:
    """Counts the outcomes of its requests."""

    def __init__(self) -> None:
        self._answers: collections.deque[tuple[float, list[str]]] = collections.deque()
        self._sent = 0
        self._answered = 0
        self._failed: collections.Counter[str] = collections.Counter()

    def addresses(self) -> list[str]:
        """The addresses of `LATE_SECONDS` ago, or the oldest known."""
        then = time.monotonic() - LATE_SECONDS
        while len(self._answers) > 1 and self._answers[1][0] <= then:
            self._answers.popleft()
        return self._answers[0][1] if self._answers else []

    async def resolve(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                answers = await loop.getaddrinfo(HOST, None, type=socket.SOCK_STREAM)
                addresses = sorted({str(address[0]) for *_, address in answers})
                self._answers.append((time.monotonic(), addresses))
            except OSError:
                pass  # the name has no address yet
            await asyncio.sleep(RESOLVE_SECONDS)

    async def report(self) -> None:
        while True:
            state = {"sent": self._sent, "answered": self._answered, "failed": self._failed}
            print(json.dumps({**state, "addresses": self.addresses()}), flush=True)
            await asyncio.sleep(1)

    async def send(self, tasks: asyncio.TaskGroup) -> None:
        headers = {"Content-Type": "application/json"}
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=60)
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(
            headers=headers, connector=connector, timeout=timeout
        ) as session:
            due = time.monotonic()
            while True:
                if addresses := self.addresses():
                    url = URL.format(random.choice(addresses))  # noqa: S311
                    tasks.create_task(self._post(session, url))
                due += 1 / PER_SECOND
                await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _post(self, session: aiohttp.ClientSession, url: str) -> None:
        self._sent += 1
        try:
            async with session.post(url, data=BODY) as response:
                await response.read()
                cause = None if response.ok else str(response.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            cause = type(error).__name__
        if cause:
            self._failed[cause] += 1
        else:
            self._answered += 1


async def main() -> None:
    client = StaleClient()
    async with asyncio.TaskGroup() as tasks:
        for part in (client.resolve(), client.report(), client.send(tasks)):
            tasks.create_task(part)


if __name__ == "__main__":
    asyncio.run(main())
