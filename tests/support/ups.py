"""`up.py`, the program behind `make up`, for tests."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from processes import free_port

ROOT = Path(__file__).parents[2]


class Up:
    """`up.py` on free ports, with its output in a file."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.bento_port, self.gateway_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.gateway_port}"
        self.log = folder / "up.log"
        self.environment = {
            **os.environ,
            "BENTO_PORT": str(self.bento_port),
            "BENTO_METRICS_PORT": str(free_port()),
            "GATEWAY_PORT": str(self.gateway_port),
            "GATEWAY_METRICS_PORT": str(free_port()),
            "GATEWAY_SQLITE_PATH": str(folder / "comments.db"),
            **{name: str(value) for name, value in settings.items()},
        }

    @contextlib.contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        with self.log.open("wb") as log:
            child = subprocess.Popen(
                [sys.executable, ROOT / "up.py"],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            yield child
        finally:
            if child.poll() is None:
                child.send_signal(signal.SIGINT)
                child.wait(30)

    def output(self) -> str:
        return self.log.read_text()

    def fails(self) -> str:
        """The output of a run that ends by itself with exit code 1."""
        with self.running() as child:
            assert child.wait(60) == 1
        return self.output()


def until_printed(up: Up, child: subprocess.Popen[bytes], text: str) -> None:
    while text not in up.output():
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(0.1)
            pytest.fail(f"up.py ended:\n{up.output()}")
