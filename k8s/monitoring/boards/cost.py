"""The board *Cost*: what is done, with what, and what it costs at list prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from k8s.monitoring.boards.panels import SECONDS, USD, Panel, Query, chart, number, rate
from k8s.monitoring.boards.panels import board as board_of
from k8s.monitoring.series import BENTOS, GATEWAYS, gateway, series
from loadtest.capacity.cost import MILLION, CpuCost, eks
from loadtest.capacity.prices import Prices

CHARACTERS = 200
"""Of a comment, as in the capacity report."""
_SECONDS_AN_HOUR = 3600
_OURS = 'deployment=~"gateway|bento|bento-canary"'
_COMMENTS = gateway("comment_characters_count")
_LAST_HOUR = f"sum(rate({_COMMENTS}[1h]))"
"""Comments a second."""


@dataclass(frozen=True)
class Tariff:
    """What the parts of an installation on EKS cost, as in loadtest/capacity/, in USD."""

    fixed_hour: float
    """Of the cluster, the load balancer and the addresses."""
    node_hour: float
    comment: dict[str, float]
    """Of one comment, by what is paid."""
    pods_a_node: int
    least_nodes: int
    hours_a_month: float

    @classmethod
    def of(cls, prices: Prices) -> Tariff:
        """The tariff of a list of prices, with writes paid by request."""
        idle = CpuCost(gateway=0, bento=0, single_text=0)
        month = eks(MILLION, CHARACTERS, idle, prices, provisioned=False).parts
        hours, least_nodes = prices.rules["hours_a_month"], prices.shipped.least_nodes
        fixed = ("cluster", "load balancer", "NAT, addresses")
        by_comment = ("writes", "storage", "data out", "between zones")
        return cls(
            fixed_hour=sum(month[each] for each in fixed) / hours,
            node_hour=month["nodes"] / least_nodes / hours,
            comment={each: month[each] / MILLION for each in by_comment if month[each]},
            pods_a_node=int(prices.assumptions["node_cores"] // prices.shipped.pod_cores),
            least_nodes=least_nodes,
            hours_a_month=hours,
        )

    def hourly(self) -> dict[str, str]:
        """By what is paid, the expression of USD an hour."""
        pods = f"sum({series('kube_deployment_status_replicas', _OURS)})"
        nodes = f"clamp_min(ceil({pods} / {self.pods_a_node}), {self.least_nodes})"
        return {
            "cluster, load balancer, addresses": f"vector({_usd(self.fixed_hour)})",
            "nodes": f"{nodes} * {_usd(self.node_hour)}",
            **{
                part: f"{_LAST_HOUR} * {_usd(usd * _SECONDS_AN_HOUR)}"
                for part, usd in self.comment.items()
            },
        }


def _usd(amount: float) -> str:
    return f"{amount:.6g}"


def _work() -> list[Panel]:
    inserts = gateway("store_call_duration_seconds_count", operation="insert", outcome="ok")
    return [
        chart("Comments stored a second", Query(f"sum({rate(_COMMENTS)})", "comments")),
        chart(
            "Writes a second",
            Query(f"sum({rate(inserts)})", "calls to the store"),
            Query(f"2 * sum({rate(_COMMENTS)})", "items: the table's and its index's"),
            description="DynamoDB bills an item as one write for each KB.",
        ),
        chart("Pods", Query(series("kube_deployment_status_replicas", _OURS), "{{deployment}}")),
        chart(
            "CPU time of a comment",
            *(
                Query(
                    f"sum({rate(series('process_cpu_seconds_total', service=service))})"
                    f" / sum({rate(_COMMENTS)})",
                    name,
                )
                for name, service in {"gateway": GATEWAYS, "Bento": BENTOS}.items()
            ),
            unit=SECONDS,
        ),
    ]


def _prices(prices: Prices) -> list[Panel]:
    tariff = Tariff.of(prices)
    hourly = tariff.hourly()
    total = " + ".join(f"({each})" for each in hourly.values())
    an_hour = f"({_LAST_HOUR} * {_SECONDS_AN_HOUR})"
    about = (
        f"List prices of {prices.region} on {prices.date}, from loadtest/prices.toml, for EKS as"
        f" in k8s/overlays/eks and comments of {CHARACTERS} characters; writes are paid by request."
        " Not included: logs, images, the domain."
    )
    return [
        number(
            "A month at the last hour's rate",
            Query(f"({total}) * {tariff.hours_a_month:g}", "USD"),
            unit=USD,
            description=about,
        ),
        number(
            "A million comments at the last hour's rate",
            Query(f"({total}) / {an_hour} * {MILLION}", "USD"),
            unit=USD,
            description=about,
        ),
    ]


def _parts(prices: Prices) -> list[Panel]:
    hourly = Tariff.of(prices).hourly()
    an_hour = f"({_LAST_HOUR} * {_SECONDS_AN_HOUR})"
    return [
        chart(
            "USD an hour",
            *(Query(each, part) for part, each in hourly.items()),
            unit=USD,
            stacked=True,
        ),
        chart(
            "USD for a million comments",
            *(Query(f"({each}) / {an_hour} * {MILLION}", part) for part, each in hourly.items()),
            unit=USD,
            stacked=True,
        ),
    ]


def board(runbook: str) -> str:
    """The board as JSON, with a link to the runbook's URL."""
    prices = Prices.read()
    rows: dict[str, Sequence[Panel]] = {
        "Price": _prices(prices),
        "Its parts": _parts(prices),
        "Work": _work(),
    }
    return board_of(
        "Cost",
        "What is done, with what, and what it costs at list prices.",
        rows,
        runbook=runbook,
        since="now-24h",
    )
