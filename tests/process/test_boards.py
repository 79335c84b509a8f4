"""Each query of the boards, and each rule, gives data in Prometheus with a real gateway and Bento.

There are two rounds of all requests, and a second gateway, which reaches no Bento, answers 503.
Only alerts may be empty, as they give something just while they fire: what they look at is there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

import drift
from k8s.monitoring.series import BENTOS, GATEWAYS, NAMESPACE
from processes import Process, answers, free_port, module
from tests.k8s.manifests import Objects
from tests.k8s.rendering import objects
from tests.support.boards import Query, queries, selectors
from tests.support.every_request import COMMENT, bearers, send_everything
from tests.support.gateways import Gateway
from tests.support.otlp import receiver
from tests.support.prometheus import PROMETHEUS, Prometheus, Target, serving
from tests.support.promtool import Rule

if PROMETHEUS is None and not os.environ.get("CI"):
    pytest.skip("Prometheus is missing: Debian has it as prometheus", allow_module_level=True)

[RULES] = Objects(objects("everything")).of("PrometheusRule")
GROUPS: list[Rule] = RULES["spec"]["groups"]
ALL_RULES: list[Rule] = [rule for group in GROUPS for rule in group["rules"]]
RECORDS = [rule for rule in ALL_RULES if "record" in rule]
LOOKED_AT = sorted(
    {
        f"{name}{{{matchers}}}"
        for rule in ALL_RULES
        if "alert" in rule
        for name, matchers in selectors(rule["expr"])
        if name != "ALERTS"  # Prometheus writes it once one fires
    }
)
DAY = 24 * 3600

# What kube-state-metrics says of an installation with the fewest pods.
KUBERNETES = "".join(
    f'{metric}{{namespace="{NAMESPACE}",{label}="{name}"}} {value}\n'
    for name in ("gateway", "bento")
    for metric, label, value in (
        ("kube_deployment_status_replicas", "deployment", 2),
        ("kube_deployment_status_replicas_available", "deployment", 2),
        ("kube_horizontalpodautoscaler_status_current_replicas", "horizontalpodautoscaler", 2),
        ("kube_horizontalpodautoscaler_spec_max_replicas", "horizontalpodautoscaler", 10),
        (
            "kube_deployment_status_condition",
            'condition="Progressing",status="false",deployment',
            0,
        ),
    )
)


def history() -> str:
    """Ten minutes of three days ago, for the boards that compare with the week before."""
    counters = {
        "valence_gateway_predictions_total": [
            ('sentiment="negative",confidence="high",model="old"', 20),
            ('sentiment="positive",confidence="high",model="old"', 80),
        ],
        "valence_bento_texts_total": [
            ('language="en",model="old"', 90),
            ('language="de",model="old"', 10),
        ],
        "valence_bento_unknown_words_ratio_sum": [('model="old"', 10)],
        "valence_bento_unknown_words_ratio_count": [('model="old"', 100)],
    }
    start = int(time.time()) - 3 * DAY
    lines = [
        f'{name}{{namespace="{NAMESPACE}",{labels}}} {minute * step} {start + 60 * minute}'
        for name, series in counters.items()
        for labels, step in series
        for minute in range(10)
    ]
    return "\n".join([*lines, "# EOF", ""])


def target(url: str, service: str, pod: str) -> Target:
    """What a ServiceMonitor makes of a pod."""
    return Target(url, {"namespace": NAMESPACE, "service": service, "pod": pod})


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """One that has scraped all metrics before, between and after two rounds of requests."""
    folder: Path = tmp_path_factory.mktemp("prometheus")
    port, metrics_port = free_port(), free_port()
    url, known = f"http://127.0.0.1:{port}", bearers()
    settings = {"BENTO_PORT": str(port), "BENTO_METRICS_PORT": str(metrics_port)}
    with ExitStack() as stack:
        enter = stack.enter_context
        traces = enter(receiver())
        bento = enter(Process("the Bento", module("bento"), environment=settings))
        lonely = enter(Gateway("http://127.0.0.1:9"))
        kubernetes = enter(serving(lambda: KUBERNETES))
        bento.wait_until(lambda: answers(f"{url}/readyz"), seconds=60)
        gateway = enter(
            Gateway(url, GATEWAY_TOKENS=known[0], OTEL_EXPORTER_OTLP_ENDPOINT=traces.url)
        )
        targets = [
            target(gateway.metrics_url, GATEWAYS, "gateway-0"),
            target(lonely.metrics_url, GATEWAYS, "gateway-1"),
            target(f"http://127.0.0.1:{metrics_port}/metrics", BENTOS, "bento-0"),
            Target(kubernetes, {}),
        ]
        running = enter(Prometheus(folder, targets, GROUPS, history()))
        for number in (1, 2):
            refused = httpx.post(f"{lonely.url}/comments", json={"comment": "?"}, timeout=30)
            assert refused.status_code == 503
            send_everything(gateway, known[1])
            # As many as drift is told from.
            batch = {"comments": [COMMENT] * (drift.LEAST_COMMENTS // 2)}
            for _ in range(3):
                sent = httpx.post(
                    f"{gateway.url}/comments/batch",
                    json=batch,
                    headers=known[1]["admin"],
                    timeout=60,
                )
                assert sent.status_code == 200
            for counter in (
                'valence_gateway_request_duration_seconds_count{status="503"}',
                "sum(valence_gateway_corrections_total)",
                'valence_bento_texts_total{language="de",pod="bento-0"}',
            ):
                assert running.wait_for(f"{counter} >= {number}"), counter
        yield running


@pytest.mark.parametrize("query", queries(), ids=str)
def test_a_query_of_a_board_gives_data(query: Query, prometheus: Prometheus) -> None:
    assert prometheus.wait_for(query.filled), query.filled


@pytest.mark.parametrize("rule", RECORDS, ids=lambda rule: str(rule["record"]))
def test_a_recording_rule_gives_data(rule: Rule, prometheus: Prometheus) -> None:
    assert prometheus.wait_for(rule["expr"])
    assert prometheus.wait_for(rule["record"])


@pytest.mark.parametrize("selector", LOOKED_AT)
def test_what_an_alert_looks_at_is_there(selector: str, prometheus: Prometheus) -> None:
    assert prometheus.wait_for(selector)


def test_no_rule_fails(prometheus: Prometheus) -> None:
    for rule in ALL_RULES:
        prometheus.query(rule["expr"])
    rules = prometheus.rules()
    assert len(rules) == len(ALL_RULES)
    assert {(rule["health"], rule.get("lastError", "")) for rule in rules} == {("ok", "")}


def test_the_latency_has_traces(prometheus: Prometheus) -> None:
    with_traces = [query for query in queries() if query.exemplars]
    assert with_traces
    for query in with_traces:
        found = prometheus.exemplars(query.filled)
        assert found, query.filled
        assert all(len(each["labels"]["trace_id"]) == 32 for each in found)


def test_a_query_of_a_metric_that_there_is_not_gives_nothing(prometheus: Prometheus) -> None:
    assert prometheus.wait_for("valence_gateway_nothing", seconds=0) == []
    with pytest.raises(AssertionError, match="parse error"):
        prometheus.query("sum(")
