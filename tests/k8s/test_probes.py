"""How Kubernetes and load balancers ask whether a pod starts, serves and runs, and why it ended."""

from __future__ import annotations

import pytest

import reporting
from gateway.health.readiness import CHECK_SECONDS
from tests.k8s.manifests import WORKLOADS, Objects, containers, title
from tests.k8s.rendering import OVERLAYS, Object, objects

# The kubelet's least time between SIGTERM and SIGKILL.
MIN_GRACE_SECONDS = 2
# From the moment when a process hangs until it is killed, at the latest.
HUNG_SECONDS = 25
# So long a process may be without an answer, on a node whose cores are all taken.
BUSY_SECONDS = 10


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


def test_a_start_is_not_asked_before_it_can_be_over(known: Objects) -> None:
    """Each probe that fails is an event, and at first there is one a second."""
    probes = {
        f"{title(item)}, {each['name']}": each["startupProbe"]
        for item in known.of(*WORKLOADS)
        for each in containers(item["spec"]["template"])
        if "startupProbe" in each
    }
    assert len(probes) >= 2
    for name, probe in probes.items():
        assert probe.get("initialDelaySeconds", 0) >= probe.get("periodSeconds", 10), name


@pytest.mark.parametrize("part", ["gateway", "bento"])
def test_a_hung_process_is_restarted_soon_and_a_busy_one_is_not(known: Objects, part: str) -> None:
    """The kubelet starts counting with the first probe that fails, at most a period late."""
    probe = container(known, part)["livenessProbe"]
    until_killed = probe["failureThreshold"] * probe["periodSeconds"] + probe["timeoutSeconds"]
    until_killed += max(probe["terminationGracePeriodSeconds"], MIN_GRACE_SECONDS)
    assert until_killed <= HUNG_SECONDS
    assert (probe["failureThreshold"] - 1) * probe["periodSeconds"] >= BUSY_SECONDS


@pytest.mark.parametrize("part", ["gateway", "bento"])
def test_the_last_line_of_a_process_is_where_kubernetes_reads_it(known: Objects, part: str) -> None:
    assert container(known, part)["terminationMessagePath"] == str(reporting.KUBERNETES_LOG)


def test_the_load_balancer_asks_what_the_kubelet_asks() -> None:
    ingress = Objects(objects("eks")).find("Ingress", "valence", "valence")
    assert ingress
    annotations = ingress["metadata"]["annotations"]
    assert annotations["alb.ingress.kubernetes.io/healthcheck-path"] == "/readyz"
