"""Refuses comments at the door while more would only wait: a refusal must cost next to nothing.

A gateway that is offered twice what it can do, and spends a third of the work of an answer on each
refusal, has little left for answers. So this is decided before there is a request: no task, no
ASGI, no JSON. Everything but new comments passes, probes above all.

However cheap, refusals without bound would still take all of the time. So there are so many a
second; a connection that gets one beyond that is not read for as long as its share takes, and TCP
makes its sender wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway import metrics
from gateway.problems import Unavailable

if TYPE_CHECKING:
    from gateway.comments import Comments

# At 30 µs each, an eighth of a core.
REFUSALS_A_SECOND = 4_000
LONGEST_PAUSE_SECONDS = 1.0
# A timer for less costs more than it saves.
GRAIN_SECONDS = 0.01
HEAD_MAX_BYTES = 64 * 1024

_PATH = b"/comments"
_REFUSAL = Unavailable("too many comments are waiting").response()


class Door(HttpToolsProtocol):
    """Uvicorn's protocol, with a glance at the queues before each comment."""

    _refused = False
    _next_refusal: ClassVar[float] = 0.0
    """When all refusals so far have had their share of time, by the loop's clock."""

    _head_bytes: int | None = None
    """Of the request whose head is being received."""

    def data_received(self, data: bytes) -> None:
        if self._head_bytes is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if (self._head_bytes or 0) > HEAD_MAX_BYTES and not self.transport.is_closing():
            self.send_400_response(f"The head may have at most {HEAD_MAX_BYTES:,} bytes.")

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_bytes = None
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
        if not self._refused:
            super().on_message_complete()
            return
        self._refused = False
        metrics.SHED.inc()
        keep = self.parser.should_keep_alive() and not self.flow.write_paused
        self.transport.write(self._answer(keep))
        if not keep:
            self.transport.close()
        self.on_response_complete()
        self._pause()

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
        comments: Comments = self.app_state["comments"]
        return comments.crowded(under_way=len(self.tasks))

    def _answer(self, keep: bool) -> bytes:
        # Its headers change once a second, with the date.
        headers = [*self.server_state.default_headers, *_REFUSAL.raw_headers]
        if not keep:
            headers.append((b"connection", b"close"))
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        return b"HTTP/1.1 503 Service Unavailable\r\n%b\r\n%b" % (lines, bytes(_REFUSAL.body))
