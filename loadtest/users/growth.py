"""The number of users against time, and the end of a run."""

from __future__ import annotations

import math
from typing import Any

from locust import LoadTestShape
from locust.env import Environment

from loadtest.users import options, shapes
from loadtest.users.thresholds import Counts, Knee
from loadtest.users.visitor import COMMENTS, LEAD_SECONDS

MAX_DRAIN_SECONDS = 20.0
QUIET_SECONDS = 4.0
"""Longer than the three seconds between two reports of a worker."""
# By Little's law a pool of this size carries the rate as long as answers come within a quarter of a
# second; beyond that requests queue, and their latency shows it.
USERS_PER_RATE, MIN_USERS, MAX_USERS = 0.25, 20, 1_000


class Shape(LoadTestShape):
    """The load against time, by --shape; a ramp ends when one of its steps breaks a threshold."""

    use_common_options = True
    knee: Knee | None = None
    _quiet = (0, 0.0)
    _step = 0

    def reset_time(self) -> None:
        super().reset_time()
        self._quiet, self._step = (0, 0.0), 0
        self.knee = None

    def tick(self) -> tuple[int, float] | None:
        environment = self.runner.environment  # type: ignore[union-attr]
        chosen: Any = environment.parsed_options
        length = options.seconds(chosen)
        second = max(0.0, self.get_run_time() - LEAD_SECONDS)
        if chosen.shape == "ramp" and self._step_broke(environment, second, length):
            return None
        users = chosen.num_users or 1
        if chosen.rate:
            if second > length and self._drained(environment, second - length):
                return None
            users = max(users, MIN_USERS, min(MAX_USERS, chosen.rate * USERS_PER_RATE))
        elif second > length:
            return None
        else:
            users = max(1, round(users * shapes.level(chosen.shape, second, length)))
        return math.ceil(users), float(math.ceil(users))

    def _step_broke(self, environment: Environment, second: float, length: float) -> bool:
        """Whether a step of the ramp has just ended and broke a threshold."""
        if self.knee is None:
            self.knee = Knee(options.thresholds(environment.parsed_options))
        step = shapes.step(second, length) if second < length else shapes.STEPS
        if step == self._step:
            return False
        self._step = step
        self.knee.ended(step - 1, counts(environment))
        return bool(self.knee.broken)

    def _drained(self, environment: Environment, after: float) -> bool:
        """Whether all requests that were due seem to be answered, `after` seconds after the end."""
        answered = environment.stats.total.num_requests
        if answered != self._quiet[0]:
            self._quiet = (answered, after)
        return after > MAX_DRAIN_SECONDS or after - self._quiet[1] > QUIET_SECONDS


def counts(environment: Environment) -> Counts:
    """The outcome of the run so far."""
    stats = environment.stats
    times = stats.get(COMMENTS, "POST").response_times
    return Counts(stats.total.num_requests, stats.total.num_failures, dict(times))
