"""The load generator: posts requests over HTTP when they are due.

The requests are written by hand, without an HTTP library: the generator shares the machine with the
service that it measures.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, cast
from urllib.parse import urlsplit

CONNECTIONS = 512
TIMEOUT_SECONDS = 15.0
NO_ANSWER, NOT_SENT = 0, -1


class Answer(NamedTuple):
    """The outcome of one request."""

    due: float
    """Seconds from the start of the load."""
    seconds: float
    """From then to the answer, or to giving up."""
    status: int
    """NO_ANSWER if the connection failed or the time was up; NOT_SENT if all connections were
    busy and it was not to wait."""
    head: bytes
    """Status line and headers in lower case; empty without an answer."""

    def header(self, name: str) -> str | None:
        """The value of a header, in lower case."""
        _, found, rest = self.head.partition(f"\r\n{name.lower()}:".encode())
        return rest.partition(b"\r\n")[0].strip().decode("latin-1") if found else None


async def post(
    url: str,
    bodies: Iterator[str],
    times: Iterable[float],
    answered: Callable[[Answer], None],
    *,
    headers: Mapping[str, str] | None = None,
    connections: int | None = CONNECTIONS,
    queue: bool = True,
) -> float:
    """Post a JSON body at each of the times, and wait for the answers.

    Args:
        url: where to.
        bodies: one for each request.
        times: when requests are due, in seconds from the start, ascending.
        answered: called once for each request, at its answer or when it is given up
            TIMEOUT_SECONDS after it was due.
        headers: sent with each request.
        connections: how many are opened before the start and kept; one that the service closes
            is replaced when it is needed. None: each request gets a connection of its own.
        queue: whether a request waits for a connection while all are busy; else it is not sent.

    Returns:
        Seconds from the start to the last answer.

    Raises:
        OSError: the service cannot be reached at the start.
    """
    generator = _Generator(url, bodies, answered, headers or {}, connections, queue=queue)
    return await generator.run(times)


class _Generator:
    def __init__(
        self,
        url: str,
        bodies: Iterator[str],
        answered: Callable[[Answer], None],
        headers: Mapping[str, str],
        connections: int | None,
        *,
        queue: bool,
    ) -> None:
        parts = urlsplit(url)
        self._tls = parts.scheme == "https"
        self._host, self._port = parts.hostname or "", parts.port or (443 if self._tls else 80)
        self._keep_alive = connections is not None
        sent = {
            "Host": parts.netloc,
            **headers,
            **({} if self._keep_alive else {"Connection": "close"}),
            "Content-Type": "application/json",
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        self._head = f"POST {parts.path} HTTP/1.1\r\n{lines}Content-Length: "
        self._bodies, self._answered, self._queues = bodies, answered, queue
        self._limit = math.inf if connections is None else connections
        self._connections: set[_Connection] = set()
        self._idle: list[_Connection] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._queue: deque[float] = deque()
        self._pending = 1  # besides requests: that not all of them were due yet
        self._all_answered = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    async def run(self, times: Iterable[float]) -> float:
        if self._keep_alive:
            self._idle += [await self._open() for _ in range(int(self._limit))]
        self._start = self._loop.time()
        expiry = asyncio.create_task(self._expire())
        try:
            for due in times:
                # At least one turn of the loop, so that answers are read also when it is late.
                await asyncio.sleep(max(0.0, due - self._now()))
                self._pending += 1
                self._send(due)
            self._end_one()
            await self._all_answered.wait()
            return self._now()
        finally:
            expiry.cancel()
            for connection in [*self._connections]:
                connection.close()

    def finish(self, due: float, status: int, head: bytes = b"") -> None:
        """A request has its outcome."""
        self._answered(Answer(due, self._now() - due, status, head))
        self._end_one()

    def release(self, connection: _Connection) -> None:
        """A connection has its answer and can be used again."""
        if not self._keep_alive:
            connection.close()
        elif self._queue:
            connection.post(self._queue.popleft(), self._request())
        else:
            self._idle.append(connection)

    def forget(self, connection: _Connection) -> None:
        """A connection is closed; another one takes its place if requests wait."""
        self._connections.discard(connection)
        with contextlib.suppress(ValueError):
            self._idle.remove(connection)
        if self._queue:
            self._send(self._queue.popleft())

    def _now(self) -> float:
        return self._loop.time() - self._start

    def _end_one(self) -> None:
        self._pending -= 1
        if not self._pending:
            self._all_answered.set()

    def _send(self, due: float) -> None:
        if self._idle:
            self._idle.pop().post(due, self._request())
        elif len(self._connections) + len(self._opening) < self._limit:
            task = asyncio.create_task(self._send_on_new_connection(due))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)
        elif self._queues:
            self._queue.append(due)
        else:
            self.finish(due, NOT_SENT)

    async def _send_on_new_connection(self, due: float) -> None:
        try:
            async with asyncio.timeout_at(self._start + due + TIMEOUT_SECONDS):
                connection = await self._open()
        except OSError:  # TimeoutError is one
            self.finish(due, NO_ANSWER)
        else:
            connection.post(due, self._request())

    async def _open(self) -> _Connection:
        _, connection = await self._loop.create_connection(
            lambda: _Connection(self), self._host, self._port, ssl=self._tls or None
        )
        self._connections.add(connection)
        return connection

    def _request(self) -> bytes:
        body = next(self._bodies).encode()
        return f"{self._head}{len(body)}\r\n\r\n".encode() + body

    async def _expire(self) -> None:
        """Give up what was due too long ago, sent or not."""
        while True:
            await asyncio.sleep(TIMEOUT_SECONDS / 30)
            latest = self._now() - TIMEOUT_SECONDS
            while self._queue and self._queue[0] < latest:
                self.finish(self._queue.popleft(), NO_ANSWER)
            for connection in [*self._connections]:
                if connection.due is not None and connection.due < latest:
                    connection.abort()


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self, generator: _Generator) -> None:
        self._generator = generator
        self._received = b""
        self.due: float | None = None
        """Of the request that it waits for; None while it is idle."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def post(self, due: float, request: bytes) -> None:
        self.due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        head = head.lower()
        length = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
        # Without a length it ends with the connection.
        if length and len(body) >= int(length):
            self._finish(head)
            if b"\r\nconnection: close" in head:
                self.close()
            else:
                self._generator.release(self)

    def connection_lost(self, _: Exception | None) -> None:
        head, end, _body = self._received.partition(b"\r\n\r\n")
        complete = end and b"\r\ncontent-length:" not in head.lower()
        self._finish(head.lower() if complete else b"")
        self._generator.forget(self)

    def close(self) -> None:
        self._transport.close()

    def abort(self) -> None:
        """Give up the request under way."""
        self._received = b""
        self._transport.abort()

    def _finish(self, head: bytes) -> None:
        self._received = b""
        due, self.due = self.due, None
        if due is not None:
            self._generator.finish(due, int(head[9:12]) if head else NO_ANSWER, head)
