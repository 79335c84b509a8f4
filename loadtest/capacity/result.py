"""The result of `capacity`."""

from __future__ import annotations

import msgspec

from loadtest.capacity.cost import Cost, CpuCost
from loadtest.capacity.prices import Prices
from loadtest.harness.batches import Batch
from loadtest.harness.trial import Trial
from loadtest.reporting.result import Result

KIND = "capacity"
# Comments a month.
VOLUMES = (1_000_000, 10_000_000, 259_000_000)
CHARACTERS = 200
# From half a million to a thousand million comments a month.
CURVE_VOLUMES = [5e5 * 2000 ** (number / 40) for number in range(41)]


class Need(msgspec.Struct, frozen=True):
    """Pods that a rate needs, by the autoscalers' target."""

    rate: float
    gateways: int
    bentos: int


class Capacity(Result, frozen=True, kw_only=True):
    """The result of `capacity`; `knee` in comments/s, `seconds` is the length of each trial."""

    target: str
    seconds: float
    knee: float
    trials: list[Trial]
    batches: list[Batch]
    cpu: CpuCost | None
    """None if no rate was carried. Of a service elsewhere, each part is assumed to be busy at the
    knee, which is the most that it can be."""
    needs: list[Need]
    costs: list[Cost]
    curves: dict[str, list[float]]
    """USD per million comments of each design, at CURVE_VOLUMES."""
    prices: Prices
    background_cores: float
    """Cores that other processes of the machine used during the run."""
