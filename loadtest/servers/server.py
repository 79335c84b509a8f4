"""Servers under measurement: started, timed until ready, weighed, stopped with their children."""

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
    """One that runs."""

    name: str
    pid: int
    ready_seconds: float
    """From its start to its first 200 at the URL that tells readiness."""

    def processes(self) -> list[psutil.Process]:
        """It and its descendants."""
        try:
            parent = psutil.Process(self.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def memory_mb(self) -> float:
        """Resident memory of all of them, in 10^6 bytes; what they share is counted for each."""
        return (
            sum(_of(process, lambda p: p.memory_info().rss) for process in self.processes()) / 1e6
        )

    def cpu_seconds(self) -> float:
        """CPU time of all of them since they began."""
        return sum(_of(process, lambda p: sum(p.cpu_times()[:2])) for process in self.processes())


@contextlib.contextmanager
def started(
    name: str,
    command: Sequence[str],
    ready_url: str,
    *,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """A server while the context lasts.

    Raises:
        LoadTestError: it did not become ready; with the last line that it wrote.
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
            # It leads a process group; what it left behind there would disturb who comes next.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


def _of(process: psutil.Process, measure: Callable[[psutil.Process], float]) -> float:
    try:
        return measure(process)
    except psutil.NoSuchProcess:
        return 0.0
