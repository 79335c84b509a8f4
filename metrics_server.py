"""The metrics of a process, for Prometheus, on a port of their own."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Collection
from http import HTTPStatus
from typing import Any

import prometheus_client
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

import host_guard
import http_server
from http_server import Interfaces
from problem_details import MEDIA_TYPE

__all__ = ["PATH", "MetricsApplication", "serving"]

PATH = "/metrics"
OPENMETRICS = "application/openmetrics-text"
# Pause after an answer, as a multiple of the time that it took. An answer takes milliseconds of
# the time of comments; however many are asked for, together they take a tenth.
PAUSE_FACTOR = 9
# Prometheus scrapes more often than this; whoever connects and asks nothing makes room.
IDLE_SECONDS = 30
MAX_CONNECTIONS = 64

# When a counter began says little, and would double the number of series.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]


class MetricsApplication:
    """RSGI application that answers Prometheus: as OpenMetrics, which alone has exemplars, if the
    client accepts it, else in Prometheus's own text format."""

    def __init__(self, local_names: Collection[str] | None = None) -> None:
        """
        Args:
            local_names: the only hosts for which requests are answered; all if None.
        """
        self._local_names = local_names
        self._turn = asyncio.Lock()

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        headers = scope.headers
        hosts = headers.get_all("host")
        if self._local_names and not host_guard.is_local(hosts, self._local_names):
            problem = host_guard.MISDIRECTED
            protocol.response_bytes(
                problem.status, [("content-type", MEDIA_TYPE)], problem.encode()
            )
            return
        if scope.path != PATH or scope.method not in {"GET", "HEAD"}:
            protocol.response_empty(HTTPStatus.NOT_FOUND, [])
            return
        media_type, encode = _format(",".join(headers.get_all("accept")))
        async with self._turn:
            start = time.perf_counter()
            body = encode(prometheus_client.REGISTRY)
            protocol.response_bytes(HTTPStatus.OK, [("content-type", media_type)], body)
            await asyncio.sleep(PAUSE_FACTOR * (time.perf_counter() - start))


def _format(accept: str) -> tuple[str, Callable[[Collector], bytes]]:
    """The media type of an answer, and what writes it."""
    if OPENMETRICS in accept:
        return openmetrics.CONTENT_TYPE_LATEST, openmetrics.generate_latest
    return CONTENT_TYPE_PLAIN_0_0_4, generate_latest


@contextlib.asynccontextmanager
async def serving(host: str, port: int, setting: str, *, guards: bool) -> AsyncIterator[None]:
    """Serve the metrics for the time of the block.

    Args:
        host: the address to listen on.
        port: the port to listen on; 0: they are not served.
        setting: that names the port.
        guards: whether to answer, on loopback, requests for this machine's own names only.

    Raises:
        environment.SettingsError: the port cannot be used.
    """
    if not port:
        yield
        return
    guarded = guards and host_guard.is_loopback(host)
    server = http_server.Server(
        MetricsApplication(host_guard.local_names(host) if guarded else None),
        Interfaces.RSGI,
        host,
        port,
        setting,
        idle_seconds=IDLE_SECONDS,
        max_connections=MAX_CONNECTIONS,
    )
    server.start()
    try:
        yield
    finally:
        await server.stop(seconds=1)
