"""`python -m bento`: the service in one process, without BentoML's supervisor.

It serves the same ASGI application as a worker of `bentoml serve`. One replica is one worker, so
there is nothing to supervise, and the parent of the process sees it end.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "true")

import click

import host_guard
import http_server
import metrics_server
import reporting
import telemetry
from bento import settings, tracing
from bento.metrics import Calls, Measured, export_references
from bento.problems import LocalHostGuard
from bento.service import PATHS, check, observe_calls, service
from bento.settings import Settings
from environment import SettingsError
from http_server import Interfaces

if TYPE_CHECKING:
    from spans import Traces

# Gateways keep few connections each.
MAX_CONNECTIONS = 1_024
# A call of the gateway has 2 s.
SHUTDOWN_SECONDS = 10.0
FLUSH_SECONDS = 2.0


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Serve the model until SIGTERM or SIGINT. All settings come from the environment;
    bento/README.md lists them."""
    manifest = check()
    chosen = settings.load()
    try:
        if chosen.certificate:
            chosen.certificate.check("BENTO_TLS_CERTIFICATE_FILE")
        # First, as BentoML imports OpenTelemetry's SDK, which reads its variables then.
        traces = telemetry.start(tracing.SERVICE)
    except SettingsError as error:
        reporting.end("bento", error)
    app: Any = service.to_asgi()
    configure_logs()
    if traces:
        app = tracing.Traced(app, traces, PATHS)
    if host_guard.is_loopback(chosen.bento_host):
        app = LocalHostGuard(app, chosen.bento_host)
    if chosen.bento_metrics_port:
        observe_calls(Calls(manifest.digest).observe)
        export_references(manifest)
        app = Measured(app, PATHS)
    try:
        http_server.run(serve(app, chosen, traces))
    except SettingsError as error:
        reporting.end("bento", error)


async def serve(app: Any, chosen: Settings, traces: Traces | None) -> bool:
    """Serve until SIGTERM or SIGINT, then send the last spans.

    Returns:
        Whether all connections have ended.

    Raises:
        SettingsError: a port cannot be used.
    """
    server = http_server.Server(
        app,
        Interfaces.ASGI,
        chosen.bento_host,
        chosen.bento_port,
        "BENTO_PORT",
        max_connections=MAX_CONNECTIONS,
        certificate=chosen.certificate,
    )
    async with metrics_server.serving(
        chosen.bento_host, chosen.bento_metrics_port, "BENTO_METRICS_PORT", guards=True
    ):
        have_ended = await http_server.serve(server, shutdown_seconds=SHUTDOWN_SECONDS)
    if traces:
        traces.stop(FLUSH_SECONDS)
    return have_ended


def configure_logs() -> None:
    """Have everything log as the gateway does, once the service is made."""
    # BentoML's own handler writes lines without a time.
    logging.getLogger("bentoml").handlers.clear()
    # `span_export` tells why spans are lost, and not for each batch.
    quiet = {"opentelemetry": "ERROR", "opentelemetry.exporter": "CRITICAL"}
    reporting.configure("WARNING", {name: {"level": level} for name, level in quiet.items()})


if __name__ == "__main__":
    main()
