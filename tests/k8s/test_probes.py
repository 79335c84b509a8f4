"""How Kubernetes and load balancers ask whether a pod starts, serves and runs, and why it ended."""

from __future__ import annotations

import pytest

import reporting
from gateway.health.readiness import CHECK_SECONDS
from tests.k8s.manifests import Objects
from tests.k8s.rendering import OVERLAYS, Object, objects


@pytest.fixture(params=OVERLAYS)
def known(request: pytest.FixtureRequest) -> Objects:
    return Objects(objects(str(request.param)))


def deployment(known: Objects, name: str) -> Object:
    item = known.find("Deployment", name, "valence")
    assert item
    return item


def container(known: Objects, name: str) -> Object:
    [first] = deployment(known, name)["spec"]["template"]["spec"]["containers"]
    assert isinstance(first, dict)
    return first


def test_the_start_and_traffic_depend_on_readiness_and_life_does_not(known: Objects) -> None:
    probes = container(known, "gateway")
    assert probes["startupProbe"]["httpGet"]["path"] == "/readyz"
    assert probes["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert probes["livenessProbe"]["httpGet"]["path"] == "/livez"
    for probe in ("startupProbe", "readinessProbe"):
        assert probes[probe]["timeoutSeconds"] > CHECK_SECONDS


def test_a_rollout_that_cannot_start_is_reported_before_its_pods_are_restarted(
    known: Objects,
) -> None:
    spec = deployment(known, "gateway")["spec"]
    start = container(known, "gateway")["startupProbe"]
    assert start["failureThreshold"] * start["periodSeconds"] > spec["progressDeadlineSeconds"]
    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


@pytest.mark.parametrize("part", ["gateway", "bento"])
def test_the_last_line_of_a_process_is_where_kubernetes_reads_it(known: Objects, part: str) -> None:
    assert container(known, part)["terminationMessagePath"] == str(reporting.KUBERNETES_LOG)


def test_the_load_balancer_asks_what_the_kubelet_asks() -> None:
    ingress = Objects(objects("eks")).find("Ingress", "valence", "valence")
    assert ingress
    annotations = ingress["metadata"]["annotations"]
    assert annotations["alb.ingress.kubernetes.io/healthcheck-path"] == "/readyz"
