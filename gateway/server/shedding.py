"""Before there is a request: comments that would only wait are refused, what trickles is cut off.

A gateway that is offered twice what it can do, and spends a third of the work of an answer on each
refusal, has little left for answers: a refusal must cost next to nothing. So it is decided here: no
task, no ASGI, no JSON, and not who asks; a token is looked at only where there is room. Everything
but new comments passes, probes above all.

However cheap, refusals without bound would still take all of the time. So there are so many a
second; a connection that gets one beyond that is not read for as long as its share takes, and TCP
makes its sender wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import ClassVar, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from gateway import metrics
from gateway.http.middleware import request_id_of
from gateway.http.problems import unavailable
from gateway.http.records import COLLECTION
from gateway.server.limits import Idle
from gateway.server.transport import Gathering
from gateway.server.upgrade import WithoutUpgrade
from problem_details import MEDIA_TYPE, Problem

# At 40 µs each, a tenth of a core.
REFUSALS_A_SECOND = 2_500
LONGEST_PAUSE_SECONDS = 1.0
# A timer for less costs more than it saves.
GRAIN_SECONDS = 0.01
HEAD_MAX_BYTES = 64 * 1024

_PATH = COLLECTION.encode()
_REFUSAL = unavailable("too many comments are waiting")

Headers = Iterable[tuple[bytes, bytes]]


class Door(WithoutUpgrade):
    """Uvicorn's protocol, with a glance at the queues before each comment."""

    _refused = False
    _next_refusal: ClassVar[float] = 0.0
    """When all refusals so far have had their share of time, by the loop's clock."""

    _head_bytes: int | None = None
    """Of the request whose head is being received."""

    _since: float | None = None
    """When the request that is being received began, by the loop's clock."""

    _stuck_since: float | None = None
    """When it began that nobody takes what is written, by the loop's clock."""

    _stuck: ClassVar[int] = 0
    """Connections of which that is true."""

    _closing_since: float | None = None
    """When it was first seen that it is to be closed, by the loop's clock."""

    is_crowded: ClassVar[Callable[[int], bool]] = staticmethod(lambda _requests: False)
    """Whether a new comment would wait too long, given the number of requests in progress."""

    idle: ClassVar[Idle] = Idle()
    """Connections on which nothing is asked and nothing owed."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast("asyncio.Transport", Gathering(transport, self.loop)))
        Door.idle.add(self, self.loop.time())

    def connection_lost(self, exc: Exception | None) -> None:
        Door.idle.discard(self)
        self._unstick()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stuck_since = self.loop.time()
        Door._stuck += 1

    def resume_writing(self) -> None:
        self._unstick()
        super().resume_writing()
        self._perhaps_idle()

    def _unstick(self) -> None:
        if self._stuck_since is not None:
            self._stuck_since = None
            Door._stuck -= 1

    def data_received(self, data: bytes) -> None:
        if self._head_bytes is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if (self._head_bytes or 0) > HEAD_MAX_BYTES and not self.transport.is_closing():
            self.send_400_response(f"The head may have at most {HEAD_MAX_BYTES:,} bytes.")

    def cut_off(self, *, seconds: float) -> None:
        """Close the connection if for longer than that its request has been coming, or nobody has
        taken its answer."""
        now = self.loop.time()
        if self.transport.is_closing() and self._closing_since is None:
            self._closing_since = now
        if any(
            since is not None and now - since > seconds
            for since in (self._stuck_since, self._closing_since)
        ):
            self.transport.abort()
            return
        late = self._since is not None and now - self._since > seconds
        if not late or self.pipeline or self.transport.is_closing():
            return
        # Until its head is complete, `cycle` is an earlier request's, whose answer comes first.
        own = self._head_bytes is None and not self._refused
        answered = self.cycle is None or self.cycle.response_complete
        if own and answered:
            self.transport.close()
        elif answered or (own and not self.cycle.response_started):
            problem = Problem(HTTPStatus.REQUEST_TIMEOUT, f"did not come within {seconds:g} s")
            self._send(problem, keep=False)

    def on_message_begin(self) -> None:
        Door.idle.discard(self)
        self._head_bytes = 0
        self._since = self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_bytes = None
        if self.parser.should_upgrade():
            return
        # What an earlier request on this connection is owed must be sent first, and who expects
        # a `100 Continue` has not sent the body.
        free = self.cycle is None or self.cycle.response_complete
        self._refused = (
            self.parser.get_method() == b"POST"
            and self.url.startswith(_PATH)
            and free
            and not self.expect_100_continue
            and self._crowded()
        )
        if not self._refused:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        self._since = None
        if not self._refused:
            super().on_message_complete()
            self._perhaps_idle()
            return
        self._refused = False
        metrics.SHED.inc()
        metrics.requests("POST", COLLECTION, HTTPStatus.SERVICE_UNAVAILABLE).observe(0)
        self._send(_REFUSAL, keep=self.parser.should_keep_alive() and not self.flow.write_paused)
        self.on_response_complete()
        self._pause()

    def _send(self, problem: Problem, *, keep: bool) -> None:
        head = _head(problem, tuple(self.server_state.default_headers))
        request_id = request_id_of(self.headers)
        close = b"" if keep else b"connection: close\r\n"
        self.transport.write(
            b"%bx-request-id: %b\r\n%b\r\n%b" % (head, request_id, close, problem.encode())
        )
        if not keep:
            self.transport.close()

    def _pause(self) -> None:
        now = self.loop.time()
        begin = min(max(Door._next_refusal, now), now + LONGEST_PAUSE_SECONDS)
        Door._next_refusal = begin + 1 / REFUSALS_A_SECOND
        if begin > now + GRAIN_SECONDS and not self.transport.is_closing():
            self.flow.pause_reading()
            self.loop.call_at(begin, self._resume)

    def _resume(self) -> None:
        if not self.transport.is_closing():
            self.flow.resume_reading()

    def _crowded(self) -> bool:
        # Requests whose answer nobody reads do not wait for the event loop.
        return Door.is_crowded(len(self.tasks) - Door._stuck)

    def on_response_complete(self) -> None:
        """As uvicorn's, without a timer for each answer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        # Else each answer would have more requests read than it was one.
        if self.pipeline:
            self.flow.pause_reading()
        self._perhaps_idle()

    def _perhaps_idle(self) -> None:
        if (
            self._since is None
            and self._stuck_since is None
            and (self.cycle is None or self.cycle.response_complete)
            and not self.pipeline
        ):
            Door.idle.add(self, self.loop.time())

    def send_400_response(self, msg: str) -> None:
        if self.cycle is None or self.cycle.response_complete:
            super().send_400_response(msg)
            return
        # What an earlier request is owed comes first, and then nothing.
        self.cycle.keep_alive = False
        self.flow.pause_reading()


@lru_cache(maxsize=2)
def _head(problem: Problem, headers: Headers) -> bytes:
    """Its status and headers as they are sent; they change once a second, with the date."""
    own = {
        **problem.headers,
        "content-type": MEDIA_TYPE,
        "content-length": str(len(problem.encode())),
    }
    encoded = [(name.encode(), value.encode()) for name, value in own.items()]
    lines = b"".join(b"%b: %b\r\n" % header for header in (*headers, *encoded))
    return STATUS_LINE[problem.status] + lines
