"""Open-loop load: requests are sent when they are due, however the service fares.

Arrivals are a Poisson process, as those of many independent users. Latency counts from when a
request was due, not from when a connection was free to send it, so a service that stalls cannot
hide it (coordinated omission). HTTP is spoken by hand: the generator shares the machine with what
it measures.
"""

from __future__ import annotations

import asyncio
import random
import statistics
from collections import deque
from collections.abc import Iterator, Mapping
from typing import cast
from urllib.parse import urlsplit

import msgspec

CONNECTIONS = 512
PATIENCE_SECONDS = 15


class Load(msgspec.Struct, frozen=True):
    """What was offered and what came of it; seconds from the first arrival to the last answer."""

    offered_rate: float
    requests: int
    good: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def errors(self) -> int:
        """Refused, broken or unanswered."""
        return self.requests - self.good

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return self.good / self.seconds


def arrivals(rate: float, seconds: float, chance: random.Random) -> list[float]:
    """When requests are due, in seconds from the start: a Poisson process of `rate` a second."""
    times = []
    due = chance.expovariate(rate)
    while due < seconds:
        times.append(due)
        due += chance.expovariate(rate)
    return times


async def offer(
    url: str,
    bodies: Iterator[str],
    times: list[float],
    rate: float,
    headers: Mapping[str, str] | None = None,
) -> Load:
    """Post a body at each of the times (seconds from the start) and wait for the answers.

    Raises:
        OSError: the service cannot be reached.
    """
    generator = _Generator(url, bodies, headers or {})
    await generator.connect()
    seconds = await generator.run(times)
    took = sorted(generator.good_ms) or [float("nan")]
    quantiles = statistics.quantiles(took, n=100) if len(took) > 1 else took * 99
    return Load(rate, len(times), len(generator.good_ms), seconds, quantiles[49], quantiles[98])


class _Generator:
    def __init__(self, url: str, bodies: Iterator[str], headers: Mapping[str, str]) -> None:
        parts = urlsplit(url)
        self._tls = parts.scheme == "https"
        self._host, self._port = parts.hostname or "", parts.port or (443 if self._tls else 80)
        self._head = (
            f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            + "Content-Type: application/json\r\nContent-Length: "
        )
        self._bodies = bodies
        self._connections: list[_Connection] = []
        self._waiting: deque[float] = deque()
        self.idle: list[_Connection] = []
        self.good_ms: list[float] = []
        self._left = 0

    async def connect(self) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(CONNECTIONS):
            _, made = await loop.create_connection(
                lambda: _Connection(self), self._host, self._port, ssl=self._tls or None
            )
            self._connections.append(made)
        self.idle = list(self._connections)

    async def run(self, times: list[float]) -> float:
        loop = asyncio.get_running_loop()
        start = loop.time()
        self._left = len(times)
        self._done = asyncio.Event()
        for due in times:
            # At least one turn of the loop, so that answers are read also when it is late.
            await asyncio.sleep(max(0.0, start + due - loop.time()))
            self._waiting.append(start + due)
            self.send()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._done.wait()
        except TimeoutError:
            pass  # what is left counts as an error
        for connection in self._connections:
            connection.close()
        return loop.time() - start

    def send(self) -> None:
        """Send what is due, as far as connections are free."""
        while self._waiting and self.idle:
            body = next(self._bodies).encode()
            self.idle.pop().post(
                self._waiting.popleft(), f"{self._head}{len(body)}\r\n\r\n".encode() + body
            )

    def answered(self, seconds: float, *, good: bool) -> None:
        if good:
            self.good_ms.append(seconds * 1e3)
        self._left -= 1
        if not self._left:
            self._done.set()


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self, generator: _Generator) -> None:
        self._generator = generator
        self._received = b""
        self._due: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def post(self, due: float, request: bytes) -> None:
        self._due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        length = head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
        if len(body) >= int(length):
            self._received = b""
            self._answered(good=head[9:10] == b"2")
            self._generator.idle.append(self)
            self._generator.send()

    def connection_lost(self, _: Exception | None) -> None:
        if self in self._generator.idle:
            self._generator.idle.remove(self)
        self._answered(good=False)

    def close(self) -> None:
        self._due = None
        self._transport.close()

    def _answered(self, *, good: bool) -> None:
        if self._due is not None:
            seconds = asyncio.get_running_loop().time() - self._due
            self._due = None
            self._generator.answered(seconds, good=good)
