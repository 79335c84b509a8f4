"""Around every request: its id, its time, and a word to leave when the gateway shuts down."""

from __future__ import annotations

import itertools
import re
import time
import uuid
from collections.abc import Callable, Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import metrics
from gateway.logs import REQUEST_ID

REQUEST_ID_HEADER = b"x-request-id"
# Cheaper than a UUID for each request, and as unlike any other.
_PROCESS = uuid.uuid4().hex.encode()
_count = itertools.count(1)
_USABLE_ID = re.compile(rb"[\w.:/+=-]{1,128}")


class Observed:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, *, draining: Callable[[], bool]) -> None:
        self._app = app
        self._draining = draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(scope["headers"])
        REQUEST_ID.set(request_id.decode())
        status = 500
        started = time.perf_counter()

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((REQUEST_ID_HEADER, request_id))
                if self._draining():
                    message["headers"].append((b"connection", b"close"))
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        finally:
            endpoint = getattr(scope.get("endpoint"), "__name__", "none")
            metrics.requests(scope["method"], endpoint, status).observe(
                time.perf_counter() - started
            )


def request_id_of(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The id that a request brings, if it can be used, or a new one."""
    given = next((value for name, value in headers if name == REQUEST_ID_HEADER), b"")
    return given if _USABLE_ID.fullmatch(given) else b"%b-%d" % (_PROCESS, next(_count))
