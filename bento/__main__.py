"""`python -m bento`: the service in one process, without BentoML's supervisor.

It serves the very ASGI application that each worker of `bentoml serve` serves. One replica is one
worker, so there is nothing to supervise, and whoever starts the process sees it end.
"""

import os
import signal
import sys

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "true")

import click
import uvicorn

from bento import settings
from bento.service import check, service


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Serve the model until SIGTERM or SIGINT. All settings come from the environment; the README
    lists them."""
    check()
    own = settings.read()
    config = uvicorn.Config(
        service.to_asgi(),
        host=own.bento_host,
        port=own.bento_port,
        log_level="warning",
        access_log=False,
        server_header=False,
        # Longer than the gateway keeps idle connections, so that none is closed under a call.
        timeout_keep_alive=75,
    )
    # Having shut down, uvicorn raises the signal again for whoever handled it before.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
