"""CPU time of servers, of the load generator, and of everything else on the machine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Self

import psutil

from loadtest.servers.server import Server

GENERATOR = "generator"


class CpuTime:
    """CPU seconds by name that servers, and this process as the load generator, use while the
    context lasts.

    >>> with CpuTime([]) as cpu:
    ...     pass
    >>> list(cpu.seconds)
    ['generator']
    """

    def __init__(self, servers: Sequence[Server]) -> None:
        self._servers = servers
        self.seconds: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._before = self._read()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = {name: now - self._before[name] for name, now in self._read().items()}

    def _read(self) -> dict[str, float]:
        servers = {server.name: server.cpu_seconds() for server in self._servers}
        return {**servers, GENERATOR: time.process_time()}


class BackgroundCpu:
    """CPU of all processes that are neither this one nor its descendants, in cores.

    >>> with BackgroundCpu() as background:
    ...     pass
    >>> background.cores >= 0
    True
    """

    cores = 0.0

    def __enter__(self) -> Self:
        self._start, self._before = time.monotonic(), _background_seconds()
        return self

    def __exit__(self, *_: object) -> None:
        seconds = time.monotonic() - self._start
        used = _background_seconds() - self._before
        self.cores = max(0.0, used / seconds) if seconds else 0.0


def _background_seconds() -> float:
    machine = psutil.cpu_times()
    waiting = machine.idle + getattr(machine, "iowait", 0.0)
    own = psutil.Process()
    return sum(machine) - waiting - sum(map(_seconds, [own, *own.children(recursive=True)]))


def _seconds(process: psutil.Process) -> float:
    """User and system time, with that of children that have ended."""
    try:
        return sum(process.cpu_times()[:4])
    except psutil.NoSuchProcess:
        return 0.0
