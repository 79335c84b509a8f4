"""`python -m k8s.doctor` on the cluster: all is well, and what is taken away is missed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.cluster import NAMESPACE, Cluster, wait
from tests.cluster.figures import record
from tests.support.doctor import Report, check

pytestmark = pytest.mark.timeout(900)

AUTOSCALERS = ("cluster", "autoscalers")
# Overlays for one machine serve everybody, and plain networks enforce no policies.
MAY_FAIL = {("outside", "without a token"), ("cluster", "enforced")}


def examined(url: str, **environment: str) -> Report:
    return check("--url", url, KUBECONFIG=os.environ["KUBECONFIG"], **environment)


@contextlib.contextmanager
def without(api: Any, kind: str, name: str) -> Iterator[None]:
    """The namespace without an object, while the context lasts."""
    item = getattr(api, f"read_namespaced_{kind}")(name, NAMESPACE)
    getattr(api, f"delete_namespaced_{kind}")(name, NAMESPACE)
    try:
        yield
    finally:
        item.metadata.resource_version = item.metadata.uid = None
        getattr(api, f"create_namespaced_{kind}")(NAMESPACE, item)


def test_all_is_well(settled: Cluster, url: str) -> None:
    reports: list[Report] = []
    with settled.dynamodb() as dynamodb:

        def read() -> bool:
            reports.append(
                examined(
                    url,
                    AWS_ENDPOINT_URL_DYNAMODB=dynamodb.meta.endpoint_url,
                    AWS_ACCESS_KEY_ID="local",
                    AWS_SECRET_ACCESS_KEY="local",
                )
            )
            return AUTOSCALERS not in reports[-1].failed

        # Of new pods they know nothing for some time.
        wait("the autoscalers have their metric", read, seconds=180)
    report = reports[-1]
    allowed = MAY_FAIL - {("cluster", "enforced")} if os.environ.get("ENFORCED") else MAY_FAIL
    assert report.failed <= allowed, report.output
    record("doctor", seconds=report.seconds)
    for topic, name in report.with_status("skipped"):
        assert topic == "outside" or name == "recovery", report.output
    assert report["table", "keys and index"].status == "ok"


@pytest.mark.parametrize(
    ("group", "kind", "name", "missed"),
    [
        ("policy", "pod_disruption_budget", "gateway", "budgets"),
        ("network", "network_policy", "deny-all", "policies"),
        ("autoscaling", "horizontal_pod_autoscaler", "bento", "autoscalers"),
    ],
)
def test_what_is_taken_away_is_missed(
    group: str, kind: str, name: str, missed: str, settled: Cluster, url: str
) -> None:
    with without(getattr(settled, group), kind, name):
        report = examined(url)
    assert ("cluster", missed) in report.failed, report.output
    assert report.exit_code == 1


def test_an_image_that_does_not_exist_is_named(settled: Cluster, url: str) -> None:
    tag = settled.image("bento").rpartition(":")[2]
    settled.set_tag("bento", "there-is-no-such-tag")
    try:
        wait(
            "a pod cannot get its image",
            lambda: len(settled.pods("bento")) > len(settled.ready("bento")),
            seconds=60,
        )
        report = examined(url)
    finally:
        settled.set_tag("bento", tag)
        settled.settle()
    assert ("cluster", "pods") in report.failed, report.output
    # The old pods serve.
    assert report["outside", "reachable"].status == "ok"
    assert report["cluster", "model"].status == "ok"
