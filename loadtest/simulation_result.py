"""The result of `simulate`."""

from __future__ import annotations

import msgspec

from loadtest.batches import Batch, Line
from loadtest.calibration import Observed, Parts
from loadtest.capacity import LIMIT_MS
from loadtest.results import Result

KIND = "simulate"
REPLICAS = (1, 2, 3, 4)
CALM_SECONDS = 30.0
SPIKE_FROM, SPIKE_TO = 1_000.0, 10_000.0


class Checked(msgspec.Struct, frozen=True):
    """One rate, measured and predicted."""

    measured: Observed
    p50_ms: float
    p99_ms: float
    gateway_cpu: float


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
    bento: Line
    sqlite: Parts
    dynamodb: Parts
    checked: list[Checked]
    knee_measured: float
    knee_predicted: float
    ready_seconds: dict[str, float]
    scaling: list[Scaling]
    limits: dict[str, float]
    """What ends growth as shipped, in comments/s, and what to do."""
    spikes: list[Spike]
