"""ASGI middleware for every request: its id, its metrics, `Connection: close` while draining."""

from __future__ import annotations

import itertools
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable

from litestar.types import HTTPScope, Message, Receive, Send

from gateway import metrics
from gateway.logs import REQUEST_ID

REQUEST_ID_HEADER = b"x-request-id"
# Cheaper than a UUID for each request, and as unique.
_PROCESS = uuid.uuid4().hex.encode()
_count = itertools.count(1)
HTTPApp = Callable[[HTTPScope, Receive, Send], Awaitable[None]]

_VALID_ID = re.compile(rb"[\w.:/+=-]{1,128}")


class Observed:
    """The middleware."""

    def __init__(self, app: HTTPApp, *, is_draining: Callable[[], bool]) -> None:
        self._app = app
        self._is_draining = is_draining

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        request_id = request_id_of(scope["headers"])
        REQUEST_ID.set(request_id.decode())
        status = 500
        started = time.perf_counter()

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                added = [(REQUEST_ID_HEADER, request_id)]
                if self._is_draining():
                    added.append((b"connection", b"close"))
                message["headers"] = [*message["headers"], *added]
            await send(message)

        # Litestar changes the scope of the requests it routes.
        method = scope["method"]
        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            seconds = time.perf_counter() - started
            metrics.requests(method, scope.get("path_template", "none"), status).observe(seconds)


def request_id_of(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The request's own id, if it is valid, or a new one."""
    given = next((value for name, value in headers if name == REQUEST_ID_HEADER), b"")
    return given if _VALID_ID.fullmatch(given) else b"%b-%d" % (_PROCESS, next(_count))
