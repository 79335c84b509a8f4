"""Load against time, and the times when requests are due."""

from __future__ import annotations

import random
from collections.abc import Callable

from loadtest.harness.arrivals import arrivals

STEPS = 10
"""Of the ramp."""
SPIKE_BASE = 0.1
SOAK_WARM_UP_SECONDS = 60.0

SECONDS = {"steady": 60.0, "ramp": 300.0, "spike": 180.0, "soak": 3600.0}
"""The shapes, and how long each lasts by default."""


def level(shape: str, second: float, seconds: float) -> float:
    """The share of the highest load, 0 to 1, at a time of a shape that lasts `seconds`.

    steady: all of it. ramp: ten steps of a tenth each. spike: a tenth, but all of it in the middle
    third. soak: all of it, after growing for a minute (or a tenth of the time).

    Raises:
        KeyError: there is no such shape.
    """
    progress = second / seconds
    if shape == "ramp":
        return (step(second, seconds) + 1) / STEPS
    if shape == "spike":
        return 1.0 if 1 / 3 <= progress < 2 / 3 else SPIKE_BASE
    if shape == "soak":
        return min(1.0, max(0.05, second / min(SOAK_WARM_UP_SECONDS, seconds / 10)))
    return {"steady": 1.0}[shape]


def step(second: float, seconds: float) -> int:
    """The number of the ramp's step at a time, from 0."""
    return min(STEPS - 1, int(second / seconds * STEPS))


class Arrivals:
    """A Poisson process whose rate varies with time.

    It is made by thinning: candidates come at the highest rate, and each is kept with probability
    rate / highest rate (Lewis and Shedler 1979).
    """

    def __init__(
        self,
        rate: Callable[[float], float],
        highest: float,
        seconds: float,
        rng: random.Random,
    ) -> None:
        """
        Args:
            rate: requests a second, as a function of seconds from the start.
            highest: the rate's upper bound.
            seconds: when the process ends.
            rng: draws the times.
        """
        candidates = arrivals(highest, seconds, rng)
        self._times = (due for due in candidates if rng.random() * highest < rate(due))
        self._next = next(self._times, None)

    def take(self) -> float | None:
        """When the next request is due, in seconds from the start; None after the last."""
        due, self._next = self._next, next(self._times, None)
        return due

    def overdue(self, second: float) -> int:
        """Take all requests that are due before a time; returns how many they were."""
        count = 0
        while self._next is not None and self._next < second:
            self.take()
            count += 1
        return count
