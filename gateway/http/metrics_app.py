"""The metrics, on a port of their own."""

from __future__ import annotations

from http import HTTPStatus

import prometheus_client

from gateway.http.rsgi import HTTPProtocol, Scope

PATH = "/metrics"


class MetricsApplication:
    """RSGI application that answers Prometheus."""

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        if scope.path != PATH or scope.method not in {"GET", "HEAD"}:
            protocol.response_empty(HTTPStatus.NOT_FOUND, [])
            return
        headers = [("content-type", prometheus_client.CONTENT_TYPE_LATEST)]
        protocol.response_bytes(HTTPStatus.OK, headers, prometheus_client.generate_latest())
