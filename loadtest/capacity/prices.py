"""List prices, and the assumptions that go with them: `prices.toml`."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec

from loadtest.errors import LoadTestError

FILE = Path(__file__).parents[1] / "prices.toml"


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One list price, the title of its page, and where it was seen again."""

    usd: float
    page: str
    seen: str


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tier: USD for each unit beyond the step before."""

    usd: float
    up_to: float | None = None


class Tiers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A price that falls with the month's volume."""

    page: str
    seen: str
    steps: list[Step]

    def cost(self, count: float) -> float:
        """USD for `count` units a month."""
        total, below = 0.0, 0.0
        for step in self.steps:
            end = math.inf if step.up_to is None else step.up_to
            total += step.usd * max(0.0, min(count, end) - below)
            below = end
        return total


class Shipped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings in k8s/: nodes, a pod's requests, autoscalers, the table's minimum capacity."""

    instance: str
    least_nodes: int
    node_disk_gb: float
    pod_cores: float
    utilisation: float
    least_pods: int
    capacity_utilisation: float
    least_writes: int
    least_reads: int

    @property
    def target_cores(self) -> float:
        """Cores that a pod uses on average at its autoscaler's target."""
        return self.utilisation * self.pod_cores


class Prices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of `prices.toml`."""

    currency: str
    region: str
    date: str
    price: dict[str, Price]
    tiers: dict[str, Tiers]
    rules: dict[str, float]
    shipped: Shipped
    assumptions: dict[str, float]

    def usd(self, name: str) -> float:
        return self.price[name].usd

    @classmethod
    def read(cls, file: Path = FILE) -> Prices:
        """The prices in a file.

        Raises:
            LoadTestError: it cannot be read, or is incomplete.
        """
        try:
            return msgspec.toml.decode(file.read_bytes(), type=cls)
        except (OSError, msgspec.MsgspecError) as error:
            raise LoadTestError(f"{file}: {error}") from None
