"""How much of the machine others used while something was measured."""

from __future__ import annotations

import time
from typing import Self

import psutil


class Others:
    """CPU of all processes that are neither this one nor its descendants, in cores.

    >>> with Others() as others:
    ...     pass
    >>> others.cores >= 0
    True
    """

    cores = 0.0

    def __enter__(self) -> Self:
        self._start, self._before = time.monotonic(), _cpu_seconds()
        return self

    def __exit__(self, *_: object) -> None:
        seconds = time.monotonic() - self._start
        self.cores = max(0.0, (_cpu_seconds() - self._before) / seconds) if seconds else 0.0


def _cpu_seconds() -> float:
    machine = psutil.cpu_times()
    waiting = machine.idle + getattr(machine, "iowait", 0.0)
    # What has ended is part of its parent's `children` times.
    us = psutil.Process()
    return sum(machine) - waiting - sum(map(_of, [us, *us.children(recursive=True)]))


def _of(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system + times.children_user + times.children_system
