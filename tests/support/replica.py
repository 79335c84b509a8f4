"""Replicas of the Bento as processes on addresses of their own."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path

from processes import Process, answers, module
from tests.support.until import until


class Replica:
    """A Bento on an address of its own; it can be started again."""

    def __init__(self, host: str, port: int, folder: Path, digest: str) -> None:
        self.host, self.port, self.digest = host, port, digest
        self._folder = folder
        self.process: Process | None = None

    def start(self) -> None:
        self.process = Process(
            f"the Bento on {self.host}",
            module("bento"),
            environment={
                "BENTO_ARTIFACT_DIR": str(self._folder),
                "BENTO_HOST": self.host,
                "BENTO_PORT": str(self.port),
            },
        )

    def ready(self) -> bool:
        assert self.process
        self.process.check()
        return answers(f"http://{self.host}:{self.port}/readyz")

    def send_signal(self, number: signal.Signals) -> None:
        assert self.process
        os.kill(self.process.pid, number)

    def connections(self) -> int:
        """The number of established TCP connections to it, read from the clients' side."""
        octets = bytes(int(octet) for octet in self.host.split("."))
        remote = f"{int.from_bytes(octets, 'little'):08X}:{self.port:04X}"
        rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return sum(row[2] == remote and row[3] == "01" for row in rows)


async def start(replicas: Sequence[Replica]) -> None:
    """Start them and wait until all are ready."""
    for replica in replicas:
        replica.start()
    for replica in replicas:
        await until(replica.ready, seconds=90)
