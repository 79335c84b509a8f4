"""What a million comments cost on EKS, at Amazon Comprehend, and without servers.

All sums are USD a month; where a design has a fixed part, a small volume pays for it alone.
"""

from __future__ import annotations

import math

import msgspec

from loadtest.capacity.prices import Prices

MILLION = 1_000_000


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


def pods(rate: float, cpu_seconds: float, prices: Prices, cores: float | None = None) -> int:
    """How many an autoscaler ends up with.

    Args:
        rate: comments/s.
        cpu_seconds: that one of them takes.
        prices: has the autoscalers' target and least number.
        cores: of a pod, of which the target is a share; None: what k8s/base asks for.
    """
    shipped = prices.shipped
    target = shipped.utilisation * (cores or shipped.pod_cores)
    # Rounded first: 0.6 / 0.6 must not become two pods for what a float lacks.
    return max(shipped.least_pods, math.ceil(round(rate * cpu_seconds / target, 9)))


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


def eks(comments: float, characters: int, use: Use, prices: Prices, *, provisioned: bool) -> Cost:
    """Valence on EKS, as k8s/ has it; the load is spread evenly over the month."""
    shipped, known, usd = prices.shipped, prices.assumptions, prices.usd
    hours = prices.rules["hours_a_month"]
    rate = comments / hours / 3600
    count = sum(pods(rate, cpu, prices) for cpu in (use.gateway, use.bento))
    nodes = max(shipped.least_nodes, math.ceil(count / (known["node_cores"] // shipped.pod_cores)))
    probes = shipped.probes_a_second * hours * 3600
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
            * (usd("nat_hour") + usd("ipv4_hour") * known["public_addresses"]),
            **_table(comments, characters, prices, reads=probes, provisioned=provisioned),
            "data out": _out(comments, prices),
            "between zones": usd("zone_gb") * comments * known["zone_bytes_a_comment"] / 1e9,
        },
    )


def serverless(
    comments: float, characters: int, use: Use, prices: Prices, *, provisioned: bool
) -> Cost:
    """API Gateway, Lambda, the Bento on Fargate found by its DNS name, the same table. Nothing
    coalesces, so each comment is a call to the Bento."""
    known, usd = prices.assumptions, prices.usd
    hours = prices.rules["hours_a_month"]
    tasks = pods(comments / hours / 3600, use.alone, prices, known["fargate_vcpu"])
    task_hour = (
        usd("fargate_vcpu_hour") * known["fargate_vcpu"]
        + usd("fargate_gb_hour") * known["fargate_gb"]
    )
    gb_seconds = comments * known["lambda_gb"] * known["lambda_seconds"]
    return Cost(
        f"serverless, {'provisioned writes' if provisioned else 'writes by request'}",
        comments,
        {
            "API Gateway": prices.tiers["http_api_million"].cost(comments / MILLION),
            "Lambda": usd("lambda_million") * comments / MILLION
            + usd("lambda_gb_second") * gb_seconds,
            "Fargate": tasks * task_hour * hours,
            **_table(comments, characters, prices, reads=0, provisioned=provisioned),
            "data out": _out(comments, prices),
        },
    )


def all_designs(comments: float, characters: int, use: Use, prices: Prices) -> list[Cost]:
    """Every design at one volume of comments a month, ours first."""
    return [
        *(
            design(comments, characters, use, prices, provisioned=provisioned)
            for design in (eks, serverless)
            for provisioned in (False, True)
        ),
        comprehend(comments, characters, prices),
    ]


def _capacity_units(rate: float, characters: int, prices: Prices) -> float:
    """Of the load balancer, by whichever of new connections and bytes takes more."""
    rules, known = prices.rules, prices.assumptions
    connections = rate / known["comments_a_connection"]
    bytes_a_second = rate * (known["in_bytes_a_comment"] + characters + _out_bytes(prices))
    return max(
        connections / rules["lcu_connections_a_second"],
        bytes_a_second * 3600 / 1e9 / rules["lcu_gb_an_hour"],
    )


def _table(
    comments: float, characters: int, prices: Prices, *, reads: float, provisioned: bool
) -> dict[str, float]:
    """The table and its index, which holds a copy of each item.

    Args:
        comments: that are written.
        characters: of each.
        prices: has the least capacity, too.
        reads: of an item; where capacity is provisioned, its least suffices for them.
        provisioned: whether writes and reads are paid by capacity and not by request.
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
        paid = {
            "writes": 2 * comments * units / MILLION * usd("write_request_million"),
            "reads": reads / MILLION * usd("read_request_million"),
        }
    kept = comments * prices.assumptions["retention_months"]
    gb = kept * (size + rules["item_overhead_bytes"]) / 1e9
    # Backups hold the table, not the index.
    return {**paid, "storage": gb * (2 * usd("table_gb_month") + usd("backup_gb_month"))}


def _out_bytes(prices: Prices) -> float:
    """That leave for a comment."""
    known = prices.assumptions
    handshake = known["tls_bytes_a_connection"] / known["comments_a_connection"]
    return known["out_bytes_a_comment"] + handshake


def _out(comments: float, prices: Prices) -> float:
    return prices.tiers["out_gb"].cost(comments * _out_bytes(prices) / 1e9)
