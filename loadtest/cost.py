"""What a million comments cost on EKS, at Amazon Comprehend, and without servers.

Prices, rules and assumptions are data: `prices.toml`. All sums are USD a month; where a design has
a fixed part, a small volume pays for it alone.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

import msgspec

from loadtest.errors import LoadTestError

FILE = Path(__file__).with_name("prices.toml")
MILLION = 1_000_000


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One list price, and the title of the page that it is from."""

    usd: float
    page: str
    confirmed: bool


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tier: USD each, of what is beyond the step before."""

    usd: float
    up_to: float | None = None


class Tiers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A price that falls with the volume of a month."""

    page: str
    confirmed: bool
    steps: list[Step]

    def cost(self, count: float) -> float:
        """USD for so many a month."""
        total, below = 0.0, 0.0
        for step in self.steps:
            end = math.inf if step.up_to is None else step.up_to
            total += step.usd * max(0.0, min(count, end) - below)
            below = end
        return total


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A way to set EKS up."""

    name: str
    instance: str
    node_cores: float
    pod_cores: float
    provisioned: bool
    """Whether writes are paid by capacity and not by request."""


class Prices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    currency: str
    region: str
    date: str
    price: dict[str, Price]
    tiers: dict[str, Tiers]
    rules: dict[str, float]
    assumptions: dict[str, float]
    shape: list[Shape]

    @property
    def unconfirmed(self) -> list[str]:
        """Names of the prices that were not seen again."""
        every: dict[str, Price | Tiers] = {**self.price, **self.tiers}
        return [name for name, each in every.items() if not each.confirmed]


class Use(msgspec.Struct, frozen=True):
    """CPU seconds that a comment takes; `alone`: the Bento's for a call with one text only."""

    gateway: float
    bento: float
    alone: float


class Cost(msgspec.Struct, frozen=True):
    """A design at a volume: USD a month, by what they are paid for."""

    design: str
    comments: float
    parts: dict[str, float]

    @property
    def total(self) -> float:
        return sum(self.parts.values())

    @property
    def per_million(self) -> float:
        return self.total / self.comments * MILLION


@cache
def read(file: Path = FILE) -> Prices:
    """
    Raises:
        LoadTestError: the file cannot be read, or lacks something.
    """
    try:
        return msgspec.toml.decode(file.read_bytes(), type=Prices)
    except (OSError, msgspec.MsgspecError) as error:
        raise LoadTestError(f"{file}: {error}") from None


def pods(rate: float, cpu_seconds: float, prices: Prices, cores: float = 1.0) -> int:
    """How many an autoscaler ends up with.

    Args:
        rate: comments/s.
        cpu_seconds: that one of them takes.
        prices: has the autoscalers' target and least number.
        cores: what a pod requests, of which the target is a share.
    """
    known = prices.assumptions
    # Rounded first: 0.6 / 0.6 must not become two pods for what a float lacks.
    needed = math.ceil(round(rate * cpu_seconds / (known["utilisation"] * cores), 9))
    return max(int(known["least_pods"]), needed)


def comprehend(comments: float, characters: int, prices: Prices) -> Cost:
    """Amazon Comprehend's DetectSentiment: the answers only, nothing is stored."""
    rules = prices.rules
    units = max(
        math.ceil(characters / rules["comprehend_characters_a_unit"]),
        rules["comprehend_least_units"],
    )
    return Cost(
        "Comprehend", comments, {"units": prices.tiers["comprehend_unit"].cost(comments * units)}
    )


def eks(comments: float, characters: int, use: Use, prices: Prices, shape: Shape) -> Cost:
    """Valence on EKS, as k8s/aws and k8s/overlays/eks describe it, with a VPC endpoint for the
    table; the load is spread evenly over the month."""
    hours, known, rules = prices.rules["hours_a_month"], prices.assumptions, prices.rules
    usd = {name: price.usd for name, price in prices.price.items()}
    rate = comments / hours / 3600
    count = sum(pods(rate, cpu, prices, shape.pod_cores) for cpu in (use.gateway, use.bento))
    # Two at least, of which one may go.
    nodes = max(2, math.ceil(count * shape.pod_cores / shape.node_cores))
    lcus = max(
        rate / known["comments_a_connection"] / rules["lcu_connections_a_second"],
        rate * 3600 * (known["out_bytes_a_comment"] + characters) / 1e9 / rules["lcu_gb_an_hour"],
    )
    return Cost(
        f"EKS, {shape.name}",
        comments,
        {
            "cluster": usd["eks_cluster_hour"] * hours,
            "nodes": nodes
            * (usd[shape.instance] * hours + usd["ebs_gb_month"] * known["node_disk_gb"]),
            "load balancer": (usd["alb_hour"] + usd["alb_lcu_hour"] * lcus) * hours,
            "NAT, addresses": hours
            * (usd["nat_hour"] + usd["ipv4_hour"] * known["public_addresses"]),
            **_table(comments, characters, prices, provisioned=shape.provisioned),
            "data out": _out(comments, prices),
        },
    )


def serverless(
    comments: float, characters: int, use: Use, prices: Prices, *, provisioned: bool
) -> Cost:
    """API Gateway, Lambda, the Bento on Fargate found by its DNS name, the same table. Nothing
    coalesces, so each comment is a call to the Bento."""
    hours, known = prices.rules["hours_a_month"], prices.assumptions
    usd = {name: price.usd for name, price in prices.price.items()}
    tasks = pods(comments / hours / 3600, use.alone, prices, known["fargate_vcpu"])
    task_hour = (
        usd["fargate_vcpu_hour"] * known["fargate_vcpu"]
        + usd["fargate_gb_hour"] * known["fargate_gb"]
    )
    gb_seconds = comments * known["lambda_gb"] * known["lambda_seconds"]
    return Cost(
        f"serverless{', provisioned writes' if provisioned else ''}",
        comments,
        {
            "API Gateway": prices.tiers["http_api_million"].cost(comments / MILLION),
            "Lambda": usd["lambda_million"] * comments / MILLION
            + usd["lambda_gb_second"] * gb_seconds,
            "Fargate": tasks * task_hour * hours,
            **_table(comments, characters, prices, provisioned=provisioned),
            "data out": _out(comments, prices),
        },
    )


def all_designs(comments: float, characters: int, use: Use, prices: Prices) -> list[Cost]:
    """Every design at one volume of comments a month, ours first."""
    return [
        *(eks(comments, characters, use, prices, shape) for shape in prices.shape),
        *(
            serverless(comments, characters, use, prices, provisioned=provisioned)
            for provisioned in (False, True)
        ),
        comprehend(comments, characters, prices),
    ]


def _table(
    comments: float, characters: int, prices: Prices, *, provisioned: bool
) -> dict[str, float]:
    """Writes and storage of the table and of its index, which holds a copy of each item."""
    rules, price = prices.rules, prices.price
    size = rules["record_bytes"] + characters
    writes = 2 * math.ceil(size / rules["write_unit_bytes"])
    if provisioned:
        rate = comments / rules["hours_a_month"] / 3600
        capacity = max(2, math.ceil(rate * writes / rules["write_utilisation"]))
        paid = capacity * price["write_capacity_hour"].usd * rules["hours_a_month"]
    else:
        paid = comments / MILLION * writes * price["write_request_million"].usd
    kept = comments * prices.assumptions["retention_months"]
    gb = kept * (size + rules["item_overhead_bytes"]) / 1e9
    # Backups hold the table, not the index.
    stored = gb * (2 * price["table_gb_month"].usd + price["backup_gb_month"].usd)
    return {"writes": paid, "storage": stored}


def _out(comments: float, prices: Prices) -> float:
    gb = comments * prices.assumptions["out_bytes_a_comment"] / 1e9
    return prices.tiers["out_gb"].cost(gb)
