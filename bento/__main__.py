"""`python -m bento`: the service in one process, without BentoML's supervisor.

It serves the same ASGI application as a worker of `bentoml serve`. One replica is one worker, so
there is nothing to supervise, and the parent of the process sees it end.
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
    """Serve the model until SIGTERM or SIGINT. All settings come from the environment;
    bento/README.md lists them."""
    check()
    chosen = settings.load()
    config = uvicorn.Config(
        service.to_asgi(),
        host=chosen.bento_host,
        port=chosen.bento_port,
        log_level="warning",
        access_log=False,
        server_header=False,
        # Longer than the gateway keeps idle connections, so that none closes during a call.
        timeout_keep_alive=75,
    )
    # After its shutdown uvicorn raises the signal again for the handler before it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
