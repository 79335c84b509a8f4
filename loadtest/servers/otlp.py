"""A receiver of OpenTelemetry's traces that counts them and throws them away."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from loadtest.errors import LoadTestError

SAMPLED = "0.01"


@contextlib.contextmanager
def receiver(host: str) -> Iterator[dict[str, str]]:
    """Run one on a free port; yields the environment in which one request in a hundred is traced.

    Raises:
        LoadTestError: at its end, no traces have arrived.
    """
    received = 0

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            nonlocal received
            received += len(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer((host, 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield {
                "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{host}:{server.server_address[1]}",
                "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
                "OTEL_TRACES_SAMPLER_ARG": SAMPLED,
            }
        finally:
            server.shutdown()
            thread.join()
    if not received:
        raise LoadTestError("no trace arrived")
