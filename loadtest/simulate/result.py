"""The result of `simulate`."""

from __future__ import annotations

import math
import statistics

import msgspec

from loadtest.harness.batches import Batch
from loadtest.harness.result import Result
from loadtest.harness.trial import LIMIT_MS
from loadtest.simulate.calibrate import Parts

KIND = "simulate"
REPLICAS = (1, 2, 3, 4)
# A prediction that is off by more is a miss.
TOLERANCE = 0.2
CALM_SECONDS = 30.0
SPIKE_FROM, SPIKE_TO = 1_000.0, 10_000.0


class Figure(msgspec.Struct, frozen=True):
    """What is to be predicted, in real runs that the model was not calibrated with, and in as many
    of the model's."""

    measured: list[float]
    predicted: list[float]

    @property
    def off(self) -> float:
        """By how much of the measured median the predicted median is too high."""
        measured, predicted = map(statistics.median, (self.measured, self.predicted))
        return predicted / measured - 1 if measured else math.inf

    @property
    def missed(self) -> bool:
        return not abs(self.off) <= TOLERANCE


class Checked(msgspec.Struct, frozen=True):
    """One rate."""

    rate: float
    p50_ms: Figure
    p99_ms: Figure


class Scaling(msgspec.Struct, frozen=True):
    """Knees in comments/s by the number of replicas."""

    name: str
    knees: dict[int, float]


class Spike(msgspec.Struct, frozen=True):
    """Ten times the load at once. `gateways` and `bentos`: when, wanted, ready. By second: offered,
    refused, p99 of what was due then in ms (0: nothing answered)."""

    name: str
    gateways: list[tuple[float, int, int]]
    bentos: list[tuple[float, int, int]]
    offered: list[int]
    refused: list[int]
    p99_ms: list[float]

    @property
    def refused_share(self) -> float:
        """Of what was offered in the spike."""
        start = int(CALM_SECONDS)
        return sum(self.refused[start:]) / max(sum(self.offered[start:]), 1)

    @property
    def recovered_after(self) -> float | None:
        """Seconds from the step until nothing was refused any more and p99 was in bounds."""
        bad = [
            second
            for second, (refused, p99) in enumerate(zip(self.refused, self.p99_ms, strict=True))
            if refused or p99 > LIMIT_MS
        ]
        last = max(bad, default=int(CALM_SECONDS) - 1) + 1
        return last - CALM_SECONDS if last < len(self.offered) else None


class Simulation(Result, frozen=True, kw_only=True):
    """The result of `simulate`; knees in comments/s."""

    seconds: float
    batches: list[Batch]
    sqlite: dict[float, Parts]
    """By the rate at which they were measured; so is the next."""
    dynamodb: dict[float, Parts]
    checked: list[Checked]
    knee: Figure
    others: float
    """Cores that other processes of the machine used in the real runs with SQLite."""
    ready_seconds: dict[str, float]
    scaling: list[Scaling]
    limits: dict[str, float]
    """What ends growth as shipped, in comments/s, and what to do."""
    spikes: list[Spike]
