"""The result of `simulate`."""

from __future__ import annotations

import math
import statistics

import msgspec

from loadtest.reporting.result import Result
from loadtest.simulate.world import Costs

KIND = "simulate"
# A prediction that is off by more is a miss.
TOLERANCE = 0.2
GATEWAY_CORES, BENTO_CORES = "gateway, cores", "Bento, cores"
P50, KNEE = "p50, ms", "knee, comments/s"
# What the answers follow from. p50 is not among it: whether a rate is carried is decided by queues
# that grow for seconds, not by some milliseconds.
BASIS = (GATEWAY_CORES, BENTO_CORES, KNEE)


class Check(msgspec.Struct, frozen=True):
    """One figure at one rate: measured in real runs that the simulation was not calibrated with,
    and predicted in simulated ones."""

    store: str
    name: str
    rate: float
    measured: list[float]
    predicted: list[float]

    @property
    def error(self) -> float:
        """By how much of the measured median the predicted median is too high."""
        measured, predicted = map(statistics.median, (self.measured, self.predicted))
        return predicted / measured - 1 if measured else math.inf

    @property
    def missed(self) -> bool:
        return not abs(self.error) <= TOLERANCE


class Scaling(msgspec.Struct, frozen=True):
    """Knees in comments/s by the number of replicas."""

    name: str
    knees: dict[int, float]


class Simulation(Result, frozen=True, kw_only=True):
    """The result of `simulate`."""

    seconds: float
    costs: dict[str, Costs]
    """By the store's title."""
    checks: list[Check]
    background_cores: float
    """Cores that other processes of the machine used in the real runs."""
    scaling: list[Scaling]
    """Empty where the check failed."""


def failed(checks: list[Check]) -> list[Check]:
    """Misses among the checks that the answers follow from."""
    return [check for check in checks if check.name in BASIS and check.missed]
