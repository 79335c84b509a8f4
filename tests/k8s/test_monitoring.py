"""The alerts use metrics that exist, and the usual burn rates; Prometheus reaches the metrics."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import bento.metrics
import gateway.metrics
from gateway.http.routes.records import COLLECTION
from k8s.monitoring import slo
from k8s.monitoring.__main__ import files, main, runbook
from k8s.monitoring.manifest import runbook_in
from tests.k8s.manifests import Objects
from tests.k8s.rendering import Object, objects
from tests.support.boards import queries, selectors
from tests.support.metrics import VALUES, declared

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
    return {
        sample: {*metric.labels, *(["le"] if sample.endswith("_bucket") else [])}
        for module in (gateway.metrics, bento.metrics)
        for metric in declared(module)
        for sample in metric.samples
    }


@pytest.mark.parametrize("file", files(runbook()), ids=lambda file: file.name)
def test_a_file_is_that_of_the_code(file: Path) -> None:
    assert file.read_text() == files(runbook())[file], "`make golden` writes it"


def test_the_runbook_s_url_is_that_of_the_owner_and_stays() -> None:
    url = "https://wiki.example.com/valence.html"
    written = files(url)
    rules = next(text for file, text in written.items() if file.name == "rules.yaml")
    assert runbook() not in "".join(written.values())
    assert all(url in text for text in written.values())
    assert runbook_in(rules) == url


@pytest.mark.parametrize("url", ["wiki", "https://", "https://x/y#z", 'https://x/"y', ""])
def test_what_is_no_url_is_refused(url: str) -> None:
    done = CliRunner().invoke(main, ["--runbook", url])
    assert done.exit_code == 2
    assert "must be a URL without a fragment" in done.output


def test_the_metrics_and_labels_exist() -> None:
    known = samples()
    used = 0
    expressions = [rule["expr"] for rule in [*rules("record"), *rules("alert")]]
    for expression in expressions + [query.expression for query in queries()]:
        for name, matchers in selectors(expression):
            if not name.startswith("valence_"):
                continue
            used += 1
            labels = dict(re.findall(r"(\w+)=\"([^\"]*)\"", matchers))
            ours = {*re.findall(r"(\w+)(?:=|=~|!=)\"", matchers)} - {"namespace"}
            assert ours <= known[name], expression
            for family, values in VALUES.items():
                if name.startswith(family):
                    assert all(labels[each] in values[each] for each in labels.keys() & values)
    assert used > 100


@pytest.mark.parametrize("part", ["gateway", "bento"])
def test_prometheus_may_scrape_each_part(part: str) -> None:
    known = Objects(objects("everything"))
    monitor = known.find("ServiceMonitor", part, "valence")
    service = known.find("Service", f"{part}-metrics", "valence")
    policy = known.find("NetworkPolicy", f"{part}-from-prometheus", "valence")
    assert monitor
    assert service
    assert policy
    deployments = [part, *(["bento-canary"] if part == "bento" else [])]
    for selector in ({"matchLabels": service["spec"]["selector"]}, policy["spec"]["podSelector"]):
        assert known.pods("valence", selector) == [
            item["spec"]["template"]
            for item in known.of("Deployment")
            if item["metadata"]["name"] in deployments
        ]
    ports = [port["port"] for rule in policy["spec"]["ingress"] for port in rule["ports"]]
    assert [port["targetPort"] for port in service["spec"]["ports"]] == ports == ["metrics"]
    assert [endpoint["port"] for endpoint in monitor["spec"]["endpoints"]] == ["metrics"]


def test_the_gateway_has_the_route_and_the_bucket() -> None:
    text = " ".join(rule["expr"] for rule in rules("record"))
    assert {*re.findall(r'route="([^"]+)"', text)} == {COLLECTION}
    durations = [each for name, each in selectors(text) if "request_duration" in name]
    for limit in {*re.findall(r'le="([\d.]+)"', " ".join(durations))}:
        assert float(limit) in gateway.metrics.REQUESTS._upper_bounds


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
    recorded = {
        rule["record"]: rule["expr"] for rule in rules("record") if "ratio_rate" in rule["record"]
    }
    used = {
        name
        for rule in rules("alert")
        for name in re.findall(r"valence:\w+:ratio_rate\w+", rule["expr"])
    }
    assert used == recorded.keys()
    burns = [burn for burns in slo.BURNS.values() for burn in burns]
    assert {*slo.WINDOWS} == {window for burn in burns for window in (burn.long, burn.short)}
    for name, expression in recorded.items():
        assert {*re.findall(r"\[(\w+)\]", expression)} == {name.partition("ratio_rate")[2]}


def test_the_alert_on_missing_metrics_names_a_service_that_exists() -> None:
    [unwatched] = [rule for rule in rules("alert") if rule["alert"] == "ValenceUnwatched"]
    [service] = re.findall(r'service="([\w-]+)"', unwatched["expr"])
    assert Objects(objects("everything")).find("Service", service, "valence")
