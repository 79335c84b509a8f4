"""The price of comments on EKS, with Amazon Comprehend, and serverless.

All sums are USD a month. A small volume bears the fixed part of a design's price alone.
"""

from __future__ import annotations

import math

import msgspec

from loadtest.capacity.prices import Prices

MILLION = 1_000_000


class CpuCost(msgspec.Struct, frozen=True):
    """CPU seconds of a comment."""

    gateway: float
    bento: float
    single_text: float
    """The Bento's, for a call with a single text."""


class Cost(msgspec.Struct, frozen=True):
    """The bill of a design at a volume of comments a month."""

    design: str
    comments: float
    parts: dict[str, float]
    """USD a month, by item."""

    @property
    def total(self) -> float:
        return sum(self.parts.values())

    @property
    def per_million(self) -> float:
        return self.total / self.comments * MILLION


def pods(rate: float, cpu_seconds: float, prices: Prices, cores: float | None = None) -> int:
    """The number of pods that an autoscaler settles on.

    Args:
        rate: comments/s.
        cpu_seconds: CPU time of one comment.
        prices: has the autoscalers' target and minimum.
        cores: of a pod, of which the target is a share; None: the request in k8s/base.
    """
    shipped = prices.shipped
    target = shipped.utilisation * (cores or shipped.pod_cores)
    # Rounded first: a float just above 1 must not become two pods.
    return max(shipped.least_pods, math.ceil(round(rate * cpu_seconds / target, 9)))


def comprehend(comments: float, characters: int, prices: Prices) -> Cost:
    """Amazon Comprehend's DetectSentiment: it only answers, nothing is stored."""
    rules = prices.rules
    units = max(
        math.ceil(characters / rules["comprehend_characters_a_unit"]),
        rules["comprehend_least_units"],
    )
    return Cost(
        "Comprehend", comments, {"units": prices.tiers["comprehend_unit"].cost(comments * units)}
    )


def eks(
    comments: float, characters: int, cpu: CpuCost, prices: Prices, *, provisioned: bool
) -> Cost:
    """Valence on EKS, as configured in k8s/, with load spread evenly over the month."""
    shipped, assumed, usd = prices.shipped, prices.assumptions, prices.usd
    hours = prices.rules["hours_a_month"]
    rate = comments / hours / 3600
    count = sum(pods(rate, each, prices) for each in (cpu.gateway, cpu.bento))
    pods_a_node = assumed["node_cores"] // shipped.pod_cores
    nodes = max(shipped.least_nodes, math.ceil(count / pods_a_node))
    return Cost(
        f"EKS as shipped, {'provisioned writes' if provisioned else 'writes by request'}",
        comments,
        {
            "cluster": usd("eks_cluster_hour") * hours,
            "nodes": nodes
            * (
                usd(f"{shipped.instance.replace('.', '_')}_hour") * hours
                + usd("ebs_gb_month") * shipped.node_disk_gb
            ),
            "load balancer": (
                usd("alb_hour") + usd("alb_lcu_hour") * _capacity_units(rate, characters, prices)
            )
            * hours,
            "NAT, addresses": hours
            * (usd("nat_hour") + usd("ipv4_hour") * assumed["public_addresses"]),
            **_table(comments, characters, prices, provisioned=provisioned),
            "data out": _out(comments, prices),
            "between zones": usd("zone_gb") * comments * assumed["zone_bytes_a_comment"] / 1e9,
        },
    )


def serverless(
    comments: float, characters: int, cpu: CpuCost, prices: Prices, *, provisioned: bool
) -> Cost:
    """API Gateway, Lambda, the Bento on Fargate reached by its DNS name, and the same table.

    Nothing coalesces, so each comment is a call to the Bento.
    """
    assumed, usd = prices.assumptions, prices.usd
    hours = prices.rules["hours_a_month"]
    tasks = pods(comments / hours / 3600, cpu.single_text, prices, assumed["fargate_vcpu"])
    task_hour = (
        usd("fargate_vcpu_hour") * assumed["fargate_vcpu"]
        + usd("fargate_gb_hour") * assumed["fargate_gb"]
    )
    gb_seconds = comments * assumed["lambda_gb"] * assumed["lambda_seconds"]
    return Cost(
        f"serverless, {'provisioned writes' if provisioned else 'writes by request'}",
        comments,
        {
            "API Gateway": prices.tiers["http_api_million"].cost(comments / MILLION),
            "Lambda": usd("lambda_million") * comments / MILLION
            + usd("lambda_gb_second") * gb_seconds,
            "Fargate": tasks * task_hour * hours,
            **_table(comments, characters, prices, provisioned=provisioned),
            "data out": _out(comments, prices),
        },
    )


def all_designs(comments: float, characters: int, cpu: CpuCost, prices: Prices) -> list[Cost]:
    """Every design at one volume of comments a month, ours first."""
    return [
        *(
            design(comments, characters, cpu, prices, provisioned=provisioned)
            for design in (eks, serverless)
            for provisioned in (False, True)
        ),
        comprehend(comments, characters, prices),
    ]


def _capacity_units(rate: float, characters: int, prices: Prices) -> float:
    """The load balancer's capacity units: by new connections or by bytes, whichever is more."""
    rules, assumed = prices.rules, prices.assumptions
    connections = rate / assumed["comments_a_connection"]
    bytes_a_second = rate * (assumed["in_bytes_a_comment"] + characters + _out_bytes(prices))
    return max(
        connections / rules["lcu_connections_a_second"],
        bytes_a_second * 3600 / 1e9 / rules["lcu_gb_an_hour"],
    )


def _table(
    comments: float, characters: int, prices: Prices, *, provisioned: bool
) -> dict[str, float]:
    """The table and its index, which holds a copy of each item.

    Args:
        comments: written a month.
        characters: of a comment.
        prices: has the minimum capacity, too.
        provisioned: whether writes and reads are paid by capacity instead of by request.
    """
    rules, shipped, usd = prices.rules, prices.shipped, prices.usd
    hours = rules["hours_a_month"]
    size = rules["record_bytes"] + characters
    units = math.ceil(size / rules["write_unit_bytes"])
    if provisioned:
        rate = comments * units / hours / 3600
        capacity = max(shipped.least_writes, math.ceil(rate / shipped.capacity_utilisation))
        paid = {
            "writes": 2 * capacity * usd("write_capacity_hour") * hours,
            "reads": 2 * shipped.least_reads * usd("read_capacity_hour") * hours,
            # Table and index, writes and reads.
            "alarms": 4 * rules["alarms_a_policy"] * usd("alarm_month"),
        }
    else:
        paid = {"writes": 2 * comments * units / MILLION * usd("write_request_million")}
    kept = comments * prices.assumptions["retention_months"]
    gb = kept * (size + rules["item_overhead_bytes"]) / 1e9
    # Backups hold the table, not the index.
    return {**paid, "storage": gb * (2 * usd("table_gb_month") + usd("backup_gb_month"))}


def _out_bytes(prices: Prices) -> float:
    """Bytes sent to the client for each comment."""
    assumed = prices.assumptions
    handshake = assumed["tls_bytes_a_connection"] / assumed["comments_a_connection"]
    return assumed["out_bytes_a_comment"] + handshake


def _out(comments: float, prices: Prices) -> float:
    return prices.tiers["out_gb"].cost(comments * _out_bytes(prices) / 1e9)
