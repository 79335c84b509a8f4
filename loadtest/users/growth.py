"""The number of users against time, and the end of a run."""

from __future__ import annotations

import math
from typing import Any

from locust import LoadTestShape
from locust.env import Environment

from loadtest.users import options, shapes
from loadtest.users.thresholds import Counts, Knee
from loadtest.users.visitor import COMMENTS, LEAD_SECONDS

LINGER_SECONDS = 20.0
QUIET_SECONDS = 4.0
"""Workers report every three seconds."""
# By Little's law a pool of so many carries the rate as long as answers come within a quarter of a
# second; beyond that requests queue, and their latency says so.
USERS_A_RATE, LEAST_USERS, MOST_USERS = 0.25, 20, 1_000


class Shape(LoadTestShape):
    """Load against time, by --shape; the ramp ends when a step of it breaks a threshold."""

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
        given: Any = environment.parsed_options
        lasts = options.seconds(given)
        second = max(0.0, self.get_run_time() - LEAD_SECONDS)
        if given.shape == "ramp" and self._broke(environment, second, lasts):
            return None
        users = given.num_users or 1
        if given.rate:
            if second > lasts and self._quietened(environment, second - lasts):
                return None
            users = max(users, LEAST_USERS, min(MOST_USERS, given.rate * USERS_A_RATE))
        elif second > lasts:
            return None
        else:
            users = max(1, round(users * shapes.level(given.shape, second, lasts)))
        return math.ceil(users), float(math.ceil(users))

    def _broke(self, environment: Environment, second: float, lasts: float) -> bool:
        """Whether the step of the ramp that has just ended broke a threshold."""
        if self.knee is None:
            self.knee = Knee(options.thresholds(environment.parsed_options))
        step = shapes.step(second, lasts) if second < lasts else shapes.STEPS
        if step == self._step:
            return False
        self._step = step
        self.knee.ended(step - 1, counts(environment))
        return bool(self.knee.broken)

    def _quietened(self, environment: Environment, after: float) -> bool:
        """Whether all that was due seems to be answered."""
        answered = environment.stats.total.num_requests
        if answered != self._quiet[0]:
            self._quiet = (answered, after)
        return after > LINGER_SECONDS or after - self._quiet[1] > QUIET_SECONDS


def counts(environment: Environment) -> Counts:
    """What has come of the run so far."""
    stats = environment.stats
    times = stats.get(COMMENTS, "POST").response_times
    return Counts(stats.total.num_requests, stats.total.num_failures, dict(times))
