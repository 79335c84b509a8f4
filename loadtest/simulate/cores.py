"""What the model is made of: cores, processes, and batches that form while others run."""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable, Generator

import simpy

SLICE_SECONDS = 0.0005
TURN = 8
TICK_SECONDS = 0.001
SLACK_SECONDS = 0.00005  # by which Linux's timers are late

Events = Generator[simpy.Event, None, None]


def tick(now: float) -> float:
    """What a uvloop's clock tells, which the gateway and the load generator go by."""
    return math.floor(now / TICK_SECONDS + 1e-6) * TICK_SECONDS


def timer(when: float, now: float) -> float:
    """How long a uvloop's timer takes that is set now."""
    ticks = round((when - tick(now)) / TICK_SECONDS)
    return ticks * TICK_SECONDS + SLACK_SECONDS if ticks > 0 else 0.0


class Cores:
    """So many cores for all who have work: each gets at most one, and an equal share of fewer."""

    def __init__(self, env: simpy.Environment, cores: float = float("inf")) -> None:
        self._env, self._cores = env, cores
        self._busy = 0

    def work(self, seconds: float) -> Events:
        self._busy += 1
        while seconds > 0:
            speed = min(1.0, self._cores / self._busy)
            # The share may change while it works, if cores are fewer than those who might.
            part = seconds if self._cores == float("inf") else min(seconds, SLICE_SECONDS)
            yield self._env.timeout(part / speed)
            seconds -= part
        self._busy -= 1


class Worker:
    """One process with one thread: jobs in the order of their arrival."""

    def __init__(self, env: simpy.Environment, cores: Cores) -> None:
        self._env, self._cores = env, cores
        self._jobs: deque[tuple[float, Callable[[], None]]] = deque()
        self._runs = False
        self.cpu = 0.0
        """Used since the start."""

    def do(self, seconds: float, then: Callable[[], None]) -> None:
        self._jobs.append((seconds, then))
        if not self._runs:
            self._runs = True
            self._env.process(self._run())

    def _run(self) -> Events:
        while self._jobs:
            # Some at once: events are what the simulation's own time goes into.
            turn = [self._jobs.popleft() for _ in range(min(TURN, len(self._jobs)))]
            seconds = sum(job[0] for job in turn)
            yield from self._cores.work(seconds)
            self.cpu += seconds
            for _, then in turn:
                then()
        self._runs = False


Item = float  # a comment is when it was due


class Coalescer:
    """`gateway.coalescer.Coalescer` in simulated time: the same rules, and nothing else of it."""

    def __init__(
        self,
        env: simpy.Environment,
        call: Callable[[list[Item], Callable[[], None]], None],
        *,
        max_batch: int,
        max_calls: int,
        eager: int = 1,
        rest: float = 0.0,
        longest_rest: float = 0.0,
    ) -> None:
        self._env, self._call = env, call
        self._max_batch, self._eager = max_batch, eager
        self._rest, self._longest_rest = rest, longest_rest
        self.max_calls = max_calls
        self._in_flight = 0
        self._resting: list[float] = []
        self.queue: deque[Item] = deque()
        self._soon = False
        self._timed = False
        self.calls = 0
        self.last_seconds = 0.0

    def submit(self, item: Item, *, alone: bool = False) -> None:
        self.queue.append(item)
        if alone and self._in_flight + len(self._resting) >= self.max_calls and self._resting:
            heapq.heappop(self._resting)
        self._schedule()

    def _schedule(self) -> None:
        """Look at the end of this turn, so that all that comes in it goes together."""
        if not self._soon:
            self._soon = True
            self._env.timeout(0).callbacks.append(lambda _: self._start_calls())

    def _start_calls(self) -> None:
        self._soon = False
        now = self._env.now
        while self._resting and self._resting[0] <= tick(now) + TICK_SECONDS / 2:
            heapq.heappop(self._resting)
        while self.queue and self._in_flight < self.max_calls:
            if self._in_flight + len(self._resting) >= self.max_calls:
                if len(self.queue) < self._eager:
                    self._wake_later(timer(self._resting[0], now))
                    return
                heapq.heappop(self._resting)
            self._start()

    def _wake_later(self, seconds: float) -> None:
        if not self._timed:
            self._timed = True
            self._env.timeout(seconds).callbacks.append(lambda _: self._wake())

    def _wake(self) -> None:
        self._timed = False
        self._schedule()

    def _start(self) -> None:
        batch = [self.queue.popleft() for _ in range(min(self._max_batch, len(self.queue)))]
        self._in_flight += 1
        self.calls += 1
        started = tick(self._env.now)
        self._call(batch, lambda: self._finished(started))

    def _finished(self, started: float) -> None:
        self._in_flight -= 1
        now = tick(self._env.now)
        self.last_seconds = now - started
        if self._rest:
            rest = min(self._rest * self.last_seconds, self._longest_rest)
            heapq.heappush(self._resting, now + rest)
        self._schedule()

    @property
    def wait(self) -> float:
        """Seconds that the next item will wait, by what the last call took."""
        return len(self.queue) / self._max_batch / max(self.max_calls, 1) * self.last_seconds
