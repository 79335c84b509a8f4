"""Around every request: its id, its time, and a word to leave when the gateway shuts down."""

from __future__ import annotations

import itertools
import re
import time
import uuid
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import metrics
from gateway.logs import REQUEST_ID

REQUEST_ID_HEADER = "X-Request-ID"
# Cheaper than a UUID for each request, and as unlike any other.
_PROCESS = uuid.uuid4().hex
_count = itertools.count(1)
_USABLE_ID = re.compile(r"[\w.:/+=-]{1,128}", re.ASCII)


class Observed:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, *, draining: Callable[[], bool]) -> None:
        self._app = app
        self._draining = draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = Headers(scope=scope).get(REQUEST_ID_HEADER, "")
        if not _USABLE_ID.fullmatch(request_id):
            request_id = f"{_PROCESS}-{next(_count)}"
        REQUEST_ID.set(request_id)
        status = 500
        started = time.perf_counter()

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(raw=message["headers"])
                headers[REQUEST_ID_HEADER] = request_id
                if self._draining():
                    headers["Connection"] = "close"
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        finally:
            endpoint = getattr(scope.get("endpoint"), "__name__", "none")
            metrics.REQUESTS.labels(scope["method"], endpoint, status).observe(
                time.perf_counter() - started
            )
