"""The alerts use metrics that the gateway has, and the usual burn rates."""

from __future__ import annotations

import re

import prometheus_client
import pytest

from gateway import metrics
from gateway.http.routes.records import COLLECTION
from tests.k8s.manifests import Objects
from tests.k8s.rendering import Object, objects

# Long window, short window, and burn rate, as a multiple of the budget of 30 days.
# https://sre.google/workbook/alerting-on-slos/
WINDOWS = {
    "page": [("1h", "5m", 14.4), ("6h", "30m", 6.0)],
    "ticket": [("1d", "2h", 3.0), ("3d", "6h", 1.0)],
}
BUDGETS = {"errors": 0.001, "slow": 0.01}


def rules(kind: str) -> list[Object]:
    [item] = Objects(objects("everything")).of("PrometheusRule")
    return [rule for group in item["spec"]["groups"] for rule in group["rules"] if kind in rule]


def samples() -> dict[str, set[str]]:
    """The names of the samples that Prometheus reads, with the labels of each."""
    known: dict[str, set[str]] = {}
    for metric in vars(metrics).values():
        if isinstance(metric, (prometheus_client.Counter, prometheus_client.Gauge)):
            [family] = metric.describe()
            suffix = "_total" if family.type == "counter" else ""
            known[family.name + suffix] = {*metric._labelnames}
        elif isinstance(metric, prometheus_client.Histogram):
            [family] = metric.describe()
            for suffix in ("_count", "_sum"):
                known[family.name + suffix] = {*metric._labelnames}
            known[f"{family.name}_bucket"] = {*metric._labelnames, "le"}
    return known


def test_the_gateway_has_the_metrics_and_labels() -> None:
    known = samples()
    assert known
    used = 0
    for rule in [*rules("record"), *rules("alert")]:
        for name, matchers in re.findall(r"\b(valence_\w+)\{([^}]*)\}", rule["expr"]):
            used += 1
            labels = {*re.findall(r"(\w+)=~?\"", matchers)}
            assert labels - {"namespace"} <= known[name], rule["expr"]
    assert used > 20


def test_the_gateway_has_the_route_and_the_bucket() -> None:
    text = " ".join(rule["expr"] for rule in rules("record"))
    assert {*re.findall(r'route="([^"]+)"', text)} == {COLLECTION}
    for limit in {*re.findall(r'le="([\d.]+)"', text)}:
        assert float(limit) in metrics.REQUESTS._upper_bounds


@pytest.mark.parametrize("objective", BUDGETS)
@pytest.mark.parametrize("severity", WINDOWS)
def test_each_alert_has_two_pairs_of_windows(objective: str, severity: str) -> None:
    [alert] = [
        rule
        for rule in rules("alert")
        if f"post_{objective}" in rule["expr"] and rule["labels"]["severity"] == severity
    ]
    pattern = (
        rf"\(valence:post_{objective}:ratio_rate(\w+) > ([\d.]+) \* ([\d.]+)"
        rf" and valence:post_{objective}:ratio_rate(\w+) > ([\d.]+) \* ([\d.]+)\)"
    )
    conditions = re.findall(pattern, alert["expr"])
    assert re.sub(pattern, "", alert["expr"]).split() == ["or"]
    budget = BUDGETS[objective]
    assert [
        (long, short, float(rate), float(again), float(share), float(share_again))
        for long, rate, share, short, again, share_again in conditions
    ] == [(long, short, rate, rate, budget, budget) for long, short, rate in WINDOWS[severity]]


def test_each_window_has_a_recording_rule() -> None:
    recorded = {rule["record"]: rule["expr"] for rule in rules("record")}
    used = {
        name for rule in rules("alert") for name in re.findall(r"valence:\w+:\w+", rule["expr"])
    }
    assert used == recorded.keys()
    for name, expression in recorded.items():
        assert {*re.findall(r"\[(\w+)\]", expression)} == {name.partition("ratio_rate")[2]}


def test_the_alert_on_missing_metrics_names_a_service_that_exists() -> None:
    [unwatched] = [rule for rule in rules("alert") if rule["alert"] == "ValenceUnwatched"]
    [service] = re.findall(r'service="([\w-]+)"', unwatched["expr"])
    assert Objects(objects("everything")).find("Service", service, "valence")
