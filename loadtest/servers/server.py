"""Servers under measurement: start-up time, memory, CPU time, and a stop without leftovers."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import psutil

from loadtest.errors import LoadTestError
from processes import Process, ProcessError, answers

READY_SECONDS = 120
STOP_SECONDS = 20


@dataclass(frozen=True)
class Server:
    """A running server."""

    name: str
    pid: int
    ready_seconds: float = 0.0
    """From its start to its first 200 at its readiness URL."""

    def processes(self) -> list[psutil.Process]:
        """The server's process and its descendants."""
        try:
            parent = psutil.Process(self.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def memory_mb(self) -> float:
        """Resident memory of all of them, in 10^6 bytes; shared memory is counted for each."""
        return sum(_read(each, lambda p: p.memory_info().rss) for each in self.processes()) / 1e6

    def cpu_seconds(self) -> float:
        """CPU time of all of them since they started."""
        return sum(_read(each, lambda p: sum(p.cpu_times()[:2])) for each in self.processes())


@contextlib.contextmanager
def started(
    name: str,
    command: Sequence[str],
    ready_url: str,
    *,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Run a server while the context lasts; `ready_url` answers 200 once it is ready.

    Raises:
        LoadTestError: it did not become ready; with the last line of its output.
    """
    with tempfile.TemporaryFile() as output:
        start = time.monotonic()
        process = Process(name, command, environment=environment, output=output)
        try:
            try:
                process.wait_until(lambda: answers(ready_url), seconds=READY_SECONDS)
            except ProcessError as error:
                output.seek(0)
                last = output.read().decode(errors="replace").strip().rpartition("\n")[2]
                raise LoadTestError(f"{error}: {last}") from None
            yield Server(name, process.pid, time.monotonic() - start)
        finally:
            process.stop(seconds=STOP_SECONDS)
            # It leads a process group; what it leaves behind there would disturb the next server.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


def _read(process: psutil.Process, figure: Callable[[psutil.Process], float]) -> float:
    try:
        return figure(process)
    except psutil.NoSuchProcess:
        return 0.0
