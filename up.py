"""`make up`: the Bento and the gateway, started, watched and stopped together."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import time

from rich.console import Console

import bento.settings
import gateway.settings
from processes import POLL_SECONDS, Process, ProcessError, answers, module

START_SECONDS = 60
EXAMPLE = "This is a fantastic project and it works perfectly!"


def main() -> None:
    """Run until Ctrl-C or SIGTERM, or until one of the two ends."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        up()
    except KeyboardInterrupt:
        print("valence: stopped")
    except (bento.settings.SettingsError, gateway.settings.SettingsError, ProcessError) as error:
        sys.exit(f"valence: {error}")


def up() -> None:
    """
    Raises:
        ProcessError: a port is in use, or one of the two did not start or ended.
        SettingsError: a setting has a wrong value.
    """
    model = bento.settings.read()
    model_url = f"http://{model.bento_host}:{model.bento_port}"
    os.environ.setdefault("MICROSERVICE_URL", model_url)
    door = gateway.settings.load()
    door_url = f"http://{door.gateway_host}:{door.gateway_port}"
    check_free(model.bento_host, model.bento_port, "BENTO_PORT")
    check_free(door.gateway_host, door.gateway_port, "GATEWAY_PORT")

    console = Console(highlight=False)
    with contextlib.ExitStack() as stack:
        # Stopped in reverse: the gateway first, so that what it took is still classified.
        with console.status("starting the model and the gateway"):
            servers = [stack.enter_context(Process("the Bento", module("bento")))]
            servers.append(stack.enter_context(Process("the gateway", module("gateway"))))
            servers[0].wait_until(lambda: answers(f"{model_url}/readyz"), seconds=START_SECONDS)
            servers[1].wait_until(lambda: answers(f"{door_url}/readyz"), seconds=START_SECONDS)
        console.print(
            f"Valence is ready: {door_url}/   (API: {door_url}/docs, Ctrl-C stops it)\nTry:\n"
            f"  curl -X POST {door_url}/comments -H 'Content-Type: application/json' \\\n"
            f'       -d \'{{"comment": "{EXAMPLE}"}}\'',
            soft_wrap=True,
            markup=False,
        )
        while True:
            for server in servers:
                server.check()
            time.sleep(POLL_SECONDS)


def check_free(host: str, port: int, setting: str) -> None:
    """
    Raises:
        ProcessError: something listens there, or the address is not this machine's.
    """
    try:
        with socket.create_server((host, port)):
            pass
    except OSError as error:
        raise ProcessError(
            f"cannot listen on {host}:{port} ({error.strerror}); {setting} sets another port"
        ) from None


if __name__ == "__main__":
    main()
