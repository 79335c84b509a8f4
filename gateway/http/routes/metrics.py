"""The metrics, on a port of their own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from http import HTTPStatus

import prometheus_client

import host_guard
from gateway.http.rsgi import HTTPProtocol, Scope
from problem_details import MEDIA_TYPE

PATH = "/metrics"
# Pause after an answer, as a multiple of the time that it took. An answer takes milliseconds of
# the time of comments; however many are asked for, together they take a tenth.
PAUSE_FACTOR = 9


class MetricsApplication:
    """RSGI application that answers Prometheus."""

    def __init__(self, local_names: Collection[str] | None = None) -> None:
        """
        Args:
            local_names: the only hosts for which requests are answered; all if None.
        """
        self._local_names = local_names
        self._turn = asyncio.Lock()

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        hosts = scope.headers.get_all("host")
        if self._local_names and not host_guard.is_local(hosts, self._local_names):
            problem = host_guard.MISDIRECTED
            headers = [("content-type", MEDIA_TYPE)]
            protocol.response_bytes(problem.status, headers, problem.encode())
            return
        if scope.path != PATH or scope.method not in {"GET", "HEAD"}:
            protocol.response_empty(HTTPStatus.NOT_FOUND, [])
            return
        headers = [("content-type", prometheus_client.CONTENT_TYPE_LATEST)]
        async with self._turn:
            start = time.perf_counter()
            protocol.response_bytes(HTTPStatus.OK, headers, prometheus_client.generate_latest())
            await asyncio.sleep(PAUSE_FACTOR * (time.perf_counter() - start))
