"""Starts servers as child processes, waits until they are ready, and stops them."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import IO, Self
from urllib.parse import urlsplit

POLL_SECONDS = 0.05
# PR_SET_PDEATHSIG of prctl(2) must be set by the child itself, after `fork`. Popen could do that
# only with code that is not safe there, so another Python sets it, and then becomes the program.
_TIED = """
import os, signal, sys
try:
    import ctypes
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
except ImportError:
    pass
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""


class ProcessError(Exception):
    """A server did not start, or ended by itself; the message says which and how."""


def module(name: str, *arguments: str) -> list[str]:
    """The command that runs a module with this Python."""
    return [sys.executable, "-m", name, *arguments]


def tied(command: Sequence[str]) -> list[str]:
    """A command that gets SIGTERM when this thread or process ends, whatever the signal (on Linux).

    It must be started by this thread.
    """
    if sys.platform != "linux":
        return [*command]
    return [sys.executable, "-IS", "-c", _TIED, str(os.getpid()), *command]


def url(host: str, port: int) -> str:
    """The base URL of a server at an address."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def free_port(host: str = "127.0.0.1") -> int:
    """A port on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int, host: str = "127.0.0.1") -> bool:
    """Whether something accepts connections at a port."""
    try:
        with socket.create_connection((host, port), timeout=2):
            return True
    except OSError:
        return False


def answers(url: str) -> bool:
    """Whether a GET is answered with 200 within two seconds."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=2)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class Process:
    """A child process in its own session, so that Ctrl-C in a terminal reaches only its parent."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        inherited: Mapping[str, str] = os.environ,
        output: IO[bytes] | int | None = None,
        cwd: Path | None = None,
    ) -> None:
        """Start the process.

        Args:
            name: its name in messages.
            command: the program and its arguments.
            environment: added to what it inherits.
            inherited: environment variables; by default this process's own.
            output: where its standard output and error go; ours if None.
            cwd: its working directory.
        """
        self.name = name
        self._child = subprocess.Popen(  # noqa: S603 - our own commands
            command,
            env={**inherited, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=None if output is None else subprocess.STDOUT,
            start_new_session=True,
            cwd=cwd,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative if a signal ended it."""
        return self._child.poll()

    def check(self) -> None:
        """Check that it runs.

        Raises:
            ProcessError: it ended.
        """
        if self.exit_code is not None:
            raise ProcessError(f"{self.name} ended with exit code {self.exit_code}")

    def wait_until(self, ready: Callable[[], bool], *, seconds: float) -> None:
        """Wait until a condition holds.

        Raises:
            ProcessError: the process ended, or the condition did not hold in time.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise ProcessError(f"{self.name} was not ready within {seconds:g} s")
            time.sleep(POLL_SECONDS)

    def signal(self, number: int) -> None:
        """Send a signal, if it runs."""
        self._child.send_signal(number)

    def kill(self) -> None:
        """Send SIGKILL, and wait for its end."""
        self._child.kill()
        self._child.wait()

    def stop(self, *, seconds: float = 30) -> int:
        """Send SIGTERM, and SIGKILL if it does not end in time or the wait is interrupted.

        Returns:
            Its exit code.
        """
        if self._child.poll() is None:
            try:
                self._child.terminate()
                self._child.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
            except KeyboardInterrupt:
                self.kill()
                raise
        return self._child.returncode
