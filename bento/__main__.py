"""`python -m bento`: the service in one process, without BentoML's supervisor.

It serves the same ASGI application as a worker of `bentoml serve`. One replica is one worker, so
there is nothing to supervise, and the parent of the process sees it end.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "true")

import click

import host_guard
import http_server
import telemetry
from bento import settings, tracing
from bento.problems import LocalHostGuard
from bento.service import PATHS, check, service
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
    check()
    chosen = settings.load()
    app: Any = service.to_asgi()
    try:
        traces = telemetry.start(tracing.SERVICE)
    except SettingsError as error:
        sys.exit(f"valence: {error}")
    if traces:
        app = tracing.Traced(app, traces, PATHS)
    if host_guard.is_loopback(chosen.bento_host):
        app = LocalHostGuard(app, chosen.bento_host)
    try:
        server = http_server.Server(
            app,
            Interfaces.ASGI,
            chosen.bento_host,
            chosen.bento_port,
            max_connections=MAX_CONNECTIONS,
        )
    except OSError as error:
        sys.exit(
            f"valence: BENTO_PORT='{chosen.bento_port}': cannot listen on"
            f" {chosen.bento_host}:{chosen.bento_port}: {error.strerror}"
        )
    http_server.run(serve(server, traces))


async def serve(server: http_server.Server, traces: Traces | None) -> bool:
    """Serve, then send the last spans.

    Returns:
        Whether all connections have ended.
    """
    have_ended = await http_server.serve(server, shutdown_seconds=SHUTDOWN_SECONDS)
    if traces:
        traces.stop(FLUSH_SECONDS)
    return have_ended


if __name__ == "__main__":
    main()
