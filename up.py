"""`make up`: the Bento and the gateway, started, watched and stopped together."""

from __future__ import annotations

import signal

if __name__ == "__main__":
    # As long as there is nothing to stop, Ctrl-C ends it without a word.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import contextlib
import os
import socket
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import click
from rich.console import Console

import bento.settings
import gateway.settings
from environment import SettingsError
from processes import POLL_SECONDS, Process, ProcessError, answers, module, tied, url

START_SECONDS = 60
SECRET_PREFIXES = ("AWS_", "GATEWAY_TOKENS")
EXAMPLE = "This is a fantastic project and it works perfectly!"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Run the Bento and the gateway until Ctrl-C, or until one of the two ends.

    Ports and folders come from the environment; gateway/README.md and bento/README.md list
    all settings.
    """
    servers: list[Process] = []

    def interrupted(*_: object) -> None:
        handle(hurry)
        raise KeyboardInterrupt

    def hurry(*_: object) -> None:
        # An exception might fall between the end of one and the stop of the next.
        for server in servers:
            server.signal(signal.SIGKILL)

    try:
        handle(interrupted)
        up(servers)
    except KeyboardInterrupt:
        print("valence: stopped")
    except (SettingsError, ProcessError) as error:
        sys.exit(f"valence: {error}")


def handle(handler: Callable[..., None]) -> None:
    """Let it handle all that asks this program to end."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def up(servers: list[Process]) -> None:
    """Start what is added to `servers`, and stop it when one of them ends or at an exception.

    Raises:
        ProcessError: a port is in use, or one of the two did not start or ended.
        SettingsError: a setting has a wrong value.
    """
    bento_settings = bento.settings.load()
    model_url = url(bento_settings.bento_host, bento_settings.bento_port)
    if not os.environ.get("MICROSERVICE_URL"):
        os.environ["MICROSERVICE_URL"] = model_url
    gateway_settings = gateway.settings.load()
    gateway_url = url(gateway_settings.gateway_host, gateway_settings.gateway_port)
    addresses = {
        "BENTO": (bento_settings.bento_host, bento_settings.bento_port),
        "GATEWAY": (gateway_settings.gateway_host, gateway_settings.gateway_port),
    }
    if bento_settings.bento_metrics_port:
        addresses["BENTO_METRICS"] = (bento_settings.bento_host, bento_settings.bento_metrics_port)
    if gateway_settings.gateway_metrics_port:
        addresses["GATEWAY_METRICS"] = (
            gateway_settings.gateway_metrics_host or gateway_settings.gateway_host,
            gateway_settings.gateway_metrics_port,
        )
    check_apart(addresses)
    for part, (host, port) in addresses.items():
        check_free(part, host, port)

    console = Console(highlight=False)
    artifact = Artifact(Path(bento_settings.bento_artifact_dir))
    with contextlib.ExitStack() as stack:
        # Stopped in reverse: the gateway first, so that what it took is still classified.
        console.print("Starting the model and the gateway …")
        for start in (start_bento, start_gateway):
            servers.append(start())
            stack.callback(lambda place: servers[place].stop(), len(servers) - 1)

        def ready() -> bool:
            check(servers)
            return answers(f"{model_url}/readyz") and answers(f"{gateway_url}/readyz")

        servers[0].wait_until(ready, seconds=START_SECONDS)
        console.print(
            f"Valence is ready: {gateway_url}/   (API: {gateway_url}/docs, Ctrl-C stops it)\nTry:\n"
            f"  curl -X POST {gateway_url}/comments -H 'Content-Type: application/json' \\\n"
            f'       -d \'{{"comment": "{EXAMPLE}"}}\'',
            soft_wrap=True,
            markup=False,
        )
        is_on_trial = False
        while True:
            if artifact.has_changed():
                is_on_trial = True
                console.print("The model's artifact has changed: starting the Bento with it …")
                servers[0].stop()
                servers[0] = start_bento()
            if is_on_trial and answers(f"{model_url}/readyz"):
                is_on_trial = False
                console.print("The Bento serves it.")
            # A new artifact that cannot be served is no reason to end: the next one may be.
            check(servers[1:] if is_on_trial else servers)
            time.sleep(POLL_SECONDS)


class Artifact:
    """The folder of an artifact, which `make train`, `make deploy` and `make rollback` replace as a
    whole."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "artifact.json"
        self._seen = self._look()

    def has_changed(self) -> bool:
        """Whether there is another one than when this was last asked."""
        now = self._look()
        if now in {None, self._seen}:
            return False
        self._seen = now
        return True

    def _look(self) -> tuple[int, int] | None:
        """What tells one file from another; None while the folder is being replaced."""
        try:
            status = self._file.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns


def start_bento() -> Process:
    return Process("the Bento", tied(module("bento")), inherited=without_secrets(os.environ))


def start_gateway() -> Process:
    return Process("the gateway", tied(module("gateway")))


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a process that needs no tokens and no AWS credentials."""
    return {
        name: value for name, value in environment.items() if not name.startswith(SECRET_PREFIXES)
    }


def check(servers: list[Process]) -> None:
    """
    Raises:
        ProcessError: one of them ended.
    """
    for server in servers:
        server.check()


def check_apart(addresses: dict[str, tuple[str, int]]) -> None:
    """
    Raises:
        ProcessError: two parts are to listen at the same address.
    """
    taken: dict[tuple[str, int], str] = {}
    for part, address in addresses.items():
        if taken.setdefault(address, part) != part:
            raise ProcessError(f"{part}_PORT='{address[1]}': the same as {taken[address]}_PORT")


def check_free(part: str, host: str, port: int) -> None:
    """
    Raises:
        ProcessError: something listens there, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.getaddrinfo(host, port, family)
    except socket.gaierror:
        raise ProcessError(f"{part}_HOST={host!r}: there is no such address") from None
    try:
        with socket.create_server((host, port), family=family):
            pass
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise ProcessError(
            f"{part}_PORT='{port}': cannot listen on {host}:{port}: {reason}"
        ) from None


if __name__ == "__main__":
    main()
