"""List prices, and what is assumed with them: `prices.toml`."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec

from loadtest.errors import LoadTestError

FILE = Path(__file__).parents[1] / "prices.toml"


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One list price, the title of the page that it is from, and where it was seen again."""

    usd: float
    page: str
    seen: str


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tier: USD each, of what is beyond the step before."""

    usd: float
    up_to: float | None = None


class Tiers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A price that falls with the volume of a month."""

    page: str
    seen: str
    steps: list[Step]

    def cost(self, count: float) -> float:
        """USD for so many a month."""
        total, below = 0.0, 0.0
        for step in self.steps:
            end = math.inf if step.up_to is None else step.up_to
            total += step.usd * max(0.0, min(count, end) - below)
            below = end
        return total


class Shipped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What k8s/ says: nodes, what a pod asks for, the autoscalers, the table's least capacity."""

    instance: str
    least_nodes: int
    node_disk_gb: float
    pod_cores: float
    utilisation: float
    least_pods: int
    capacity_utilisation: float
    least_writes: int
    least_reads: int
    probes_a_second: float

    @property
    def target_cores(self) -> float:
        """That a pod uses on average, where its autoscaler is content."""
        return self.utilisation * self.pod_cores


class Prices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

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
        """
        Raises:
            LoadTestError: the file cannot be read, or lacks something.
        """
        try:
            return msgspec.toml.decode(file.read_bytes(), type=cls)
        except (OSError, msgspec.MsgspecError) as error:
            raise LoadTestError(f"{file}: {error}") from None
