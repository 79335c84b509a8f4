"""One request and its answer: the request's id, the headers of every answer, and the metrics."""

from __future__ import annotations

import contextlib
import itertools
import re
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from http import HTTPMethod, HTTPStatus
from pathlib import Path

from gateway import metrics, tracing
from gateway.http.access.cors import CORS
from gateway.http.disconnect import WhileConnected
from gateway.http.pipe import Pipe, pipe
from gateway.http.rsgi import HTTPProtocol, Scope
from gateway.logs import REQUEST_ID
from problem_details import MEDIA_TYPE, Problem

Headers = Sequence[tuple[str, str]]

# On every answer. The page loads its scripts and styles from the gateway only.
COMMON_HEADERS: Headers = (
    (
        "content-security-policy",
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
        " form-action 'self'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("server", "valence"),
)
# Files have an ETag: another request is cheap, and a page is never half an old one.
REVALIDATE = ("cache-control", "no-cache")
# Comments, and what tells about them, must not stay in caches.
RECORDS = ("/comments", "/statistics")
NO_STORE = ("cache-control", "no-store")
CLOSE = ("connection", "close")
# The metrics keep each value of a label for ever, and a client may send any word as the method.
METHODS = frozenset(HTTPMethod)
NO_ROUTE = "none"
OTHER_METHOD = "other"
# A trace of each would be many, and tell nothing.
PROBES = frozenset({"/livez", "/readyz"})

# Cheaper than a UUID for each request, and as unique.
_PROCESS = uuid.uuid4().hex
_count = itertools.count(1)
_VALID_ID = re.compile(r"[\w.:/+=-]{1,128}", re.ASCII)


class Exchange:
    """A request in progress."""

    __slots__ = (
        "_cors",
        "_is_draining",
        "_method",
        "_protocol",
        "_scope",
        "_span",
        "_started",
        "headers",
        "request_id",
        "route",
    )

    def __init__(
        self, scope: Scope, protocol: HTTPProtocol, is_draining: Callable[[], bool], cors: CORS
    ) -> None:
        self._cors = cors
        self._protocol = protocol
        self._is_draining = is_draining
        self._method = scope.method
        self._scope = scope
        self._started = time.perf_counter()
        self.headers = scope.headers  # each access to the scope's headers copies them
        self.route = NO_ROUTE
        """The pattern of the path, for the metrics."""
        given = self.headers.get("x-request-id") or ""
        self.request_id = given if _VALID_ID.fullmatch(given) else f"{_PROCESS}-{next(_count)}"
        REQUEST_ID.set(self.request_id)
        self._span: tracing.Span | None = None
        traceparent = self.headers.get("traceparent")
        if traceparent or tracing.is_on():
            self._span = tracing.receive(
                self._method,
                traceparent,
                lambda: ",".join(self.headers.get_all("tracestate")),
                traced=scope.path not in PROBES,
            )

    def answer(
        self, status: int, headers: Headers, body: bytes | Path, *, close: bool = False
    ) -> None:
        """Send the answer.

        Args:
            status: of the answer.
            headers: beside the common ones.
            body: of the answer, or the file that has it.
            close: whether the connection ends with it.
        """
        sent = self._all_headers(headers, close=close)
        if isinstance(body, Path):
            self._protocol.response_file(status, sent, str(body))
        else:
            self._protocol.response_bytes(status, sent, body)
        self._observe(status)

    @contextlib.asynccontextmanager
    async def stream(self, status: int, headers: Headers) -> AsyncIterator[Pipe]:
        """Send an answer in pieces, at least one.

        Raises:
            ClientDisconnectedError: the client has gone; a wait in the block is cancelled.
        """
        try:
            # The server tells that the client has gone until it opens the pipe; then the pipe does.
            async with WhileConnected(self._protocol):
                with pipe() as body:
                    self._protocol.response_file(status, self._all_headers(headers), body.path)
                    yield body
        finally:
            self._observe(status)

    def _all_headers(self, headers: Headers, *, close: bool = False) -> list[tuple[str, str]]:
        cache = NO_STORE if self.route.startswith(RECORDS) else REVALIDATE
        sent = [
            *COMMON_HEADERS,
            cache,
            *headers,
            *self._cors.headers(self.headers),
            ("x-request-id", self.request_id),
        ]
        if close or self._is_draining():
            sent.append(CLOSE)
        return sent

    def _observe(self, status: int) -> None:
        seconds = time.perf_counter() - self._started
        method = self._method if self._method in METHODS else OTHER_METHOD
        trace = tracing.ids()
        exemplar = {"trace_id": trace.trace_id} if trace else None
        metrics.requests(method, self.route, status).observe(seconds, exemplar)
        if self._span:
            self._end_span(self._span, status)

    def _end_span(self, span: tracing.Span, status: int) -> None:
        """https://opentelemetry.io/docs/specs/semconv/http/http-spans"""
        known = self._method in METHODS
        attributes: dict[str, str | int] = {
            "http.request.method": self._method if known else "_OTHER",
            "http.response.status_code": status,
            "url.scheme": self._scope.scheme,
        }
        name = self._method if known else "HTTP"
        if self.route != NO_ROUTE:
            name += f" {self.route}"
            # Other paths, and all queries, may contain anything.
            attributes |= {"http.route": self.route, "url.path": self._scope.path}
        span.note(attributes)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            span.fail(str(status))
        span.end(name)

    def refuse(self, problem: Problem, *, close: bool = False) -> None:
        """Send the problem as the answer."""
        headers = [("content-type", MEDIA_TYPE), *problem.headers.items()]
        self.answer(problem.status, headers, problem.encode(), close=close)
