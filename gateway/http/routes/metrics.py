"""The metrics, on a port of their own."""

from __future__ import annotations

import asyncio
import time
from http import HTTPStatus

import prometheus_client

from gateway.http.rsgi import HTTPProtocol, Scope

PATH = "/metrics"
# Pause after an answer, as a multiple of the time that it took. An answer takes milliseconds of
# the time of comments; however many are asked for, together they take a tenth.
PAUSE_FACTOR = 9


class MetricsApplication:
    """RSGI application that answers Prometheus."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        if scope.path != PATH or scope.method not in {"GET", "HEAD"}:
            protocol.response_empty(HTTPStatus.NOT_FOUND, [])
            return
        headers = [("content-type", prometheus_client.CONTENT_TYPE_LATEST)]
        async with self._turn:
            start = time.perf_counter()
            protocol.response_bytes(HTTPStatus.OK, headers, prometheus_client.generate_latest())
            await asyncio.sleep(PAUSE_FACTOR * (time.perf_counter() - start))
