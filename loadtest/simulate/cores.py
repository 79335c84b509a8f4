"""Processes with one thread each, and the cores that they share."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from itertools import count

from loadtest.simulate.virtual_time import VirtualTimeLoop


class Cores:
    """Cores that busy workers share equally; each worker uses one at most.

    Processor sharing: every busy worker has had the same service since a moment, so a job ends when
    that service has grown by the job's size, and one timer, for the next job to end, is enough.
    """

    def __init__(self, loop: VirtualTimeLoop, cores: float = 1.0) -> None:
        self.loop = loop
        self._cores = cores
        self._service = 0.0  # of a worker that was always busy, in core-seconds
        self._updated = 0.0
        self._jobs: list[tuple[float, int, Worker]] = []  # a heap, by the service at their end
        self._order = count()
        self._timer: asyncio.TimerHandle | None = None

    def start(self, worker: Worker, seconds: float) -> None:
        """Work on a job of so many core-seconds."""
        self._advance()
        heapq.heappush(self._jobs, (self._service + seconds, next(self._order), worker))
        self._set_timer()

    @property
    def _speed(self) -> float:
        return min(1.0, self._cores / max(len(self._jobs), 1))

    def _advance(self) -> None:
        self._service += (self.loop.now - self._updated) * self._speed
        self._updated = self.loop.now

    def _set_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = None
        if self._jobs:
            left = max(0.0, self._jobs[0][0] - self._service) / self._speed
            self._timer = self.loop.call_after(left, self._end)

    def _end(self) -> None:
        self._advance()
        _, _, worker = heapq.heappop(self._jobs)
        worker.job_ended()
        self._set_timer()


class Worker:
    """One process with one thread: it does jobs in the order of their arrival."""

    def __init__(self, cores: Cores) -> None:
        self._cores = cores
        self._jobs: deque[tuple[float, asyncio.Future[None]]] = deque()
        self.cpu = 0.0
        """Core-seconds of the jobs that have ended."""

    def work(self, seconds: float) -> asyncio.Future[None]:
        """Put a job into the queue; the future is done when the job is."""
        done = self._cores.loop.create_future()
        self._jobs.append((seconds, done))
        if len(self._jobs) == 1:
            self._cores.start(self, seconds)
        return done

    def job_ended(self) -> None:
        """The first job has had its CPU time."""
        seconds, done = self._jobs.popleft()
        self.cpu += seconds
        done.set_result(None)
        if self._jobs:
            self._cores.start(self, self._jobs[0][0])
