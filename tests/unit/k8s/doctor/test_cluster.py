"""Each check of a cluster's objects passes on our manifests, and fails on what can go wrong."""

from __future__ import annotations

from typing import Any

import pytest

from k8s.doctor import cluster
from k8s.doctor.check import FailedError, SkippedError
from tests.k8s.rendering import OVERLAYS
from tests.support.kubernetes_objects import World, healthy, unready


@pytest.fixture
def world() -> World:
    return healthy()


def pods(world: World) -> str:
    return cluster.pods(world["pods"], world["deployments"])


def autoscalers(world: World) -> str:
    return cluster.autoscalers(world["horizontalpodautoscalers"])


def budgets(world: World) -> str:
    return cluster.budgets(world["poddisruptionbudgets"], world["pods"])


def policies(world: World) -> str:
    return cluster.policies(world["networkpolicies"], world["pods"])


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_our_manifests_pass(overlay: str) -> None:
    world = healthy(overlay)
    canary = ", 1 of 1 bento-canary ready" if overlay == "everything" else ""
    assert pods(world) == f"2 of 2 gateway ready, 2 of 2 bento ready{canary}"
    assert autoscalers(world) == "gateway 12 %, bento 12 %"
    assert budgets(world) == "gateway: 1 of 2 may leave, bento: 1 of 2 may leave"
    assert "select the pods of both parts" in policies(world)


def told(minor: str) -> dict[str, Any]:
    return {"major": "1", "minor": minor, "gitVersion": f"v1.{minor}.0"}


@pytest.mark.parametrize("minor", ["30", "34+", "100"])
def test_a_new_kubernetes_passes(minor: str) -> None:
    assert cluster.version(told(minor)) == f"Kubernetes v1.{minor}.0"


@pytest.mark.parametrize("minor", ["29", "9", "2+"])
def test_an_old_kubernetes_fails(minor: str) -> None:
    with pytest.raises(FailedError, match=r"v1\.") as failure:
        cluster.version(told(minor))
    assert "upgrade" in failure.value.advice


def test_a_pod_that_is_not_ready_is_explained(world: World) -> None:
    unready(world["pods"][0], "ImagePullBackOff", "no such image:\n x")
    with pytest.raises(
        FailedError, match=r"1 of 2 gateway ready.*gateway-0: ImagePullBackOff, no such image: x"
    ):
        pods(world)


def test_the_last_line_of_a_pod_that_ended_is_shown(world: World) -> None:
    unready(world["pods"][3], "CrashLoopBackOff")
    [container] = world["pods"][3]["status"]["containerStatuses"]
    container["lastState"] = {"terminated": {"reason": "Error", "message": "no such table"}}
    with pytest.raises(FailedError, match="bento-1: CrashLoopBackOff, Error, no such table"):
        pods(world)


def test_a_pod_without_a_node_is_explained(world: World) -> None:
    world["pods"][0]["status"]["conditions"] = [
        {"type": "PodScheduled", "status": "False", "message": "0/1 nodes: insufficient cpu"}
    ]
    with pytest.raises(FailedError, match="gateway-0: 0/1 nodes: insufficient cpu"):
        pods(world)


def test_a_pod_that_leaves_is_not_counted(world: World) -> None:
    world["pods"][0]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    with pytest.raises(FailedError, match="1 of 2 gateway ready"):
        pods(world)


def test_a_canary_that_is_not_ready_is_explained() -> None:
    world = healthy("everything")
    unready(world["pods"][-1], "ImagePullBackOff")
    with pytest.raises(
        FailedError, match="2 of 2 bento ready, 0 of 1 bento-canary ready; bento-canary-0: Image"
    ):
        pods(world)


def test_a_canary_may_have_no_pods_and_replaces_no_stable_one() -> None:
    world = healthy("everything")
    world["deployments"][2]["spec"]["replicas"] = 0
    del world["pods"][-1]
    assert pods(world).endswith("0 of 0 bento-canary ready")
    world = healthy("everything")
    unready(world["pods"][3], "ImagePullBackOff")
    with pytest.raises(FailedError, match="1 of 2 bento ready, 1 of 1 bento-canary ready"):
        pods(world)


@pytest.mark.parametrize(
    "change",
    [
        {"observedGeneration": 2},
        {"updatedReplicas": 1},
        {"conditions": [{"type": "Progressing", "status": "False", "reason": "Deadline"}]},
    ],
)
def test_a_rollout_that_is_not_finished_fails(world: World, change: dict[str, Any]) -> None:
    world["deployments"][1]["status"] |= change
    with pytest.raises(FailedError, match=r"the rollout of .* is not finished"):
        pods(world)


def test_missing_deployments_fail() -> None:
    with pytest.raises(FailedError, match="no Deployment gateway") as failure:
        cluster.pods([], [])
    assert "NAMESPACE" in failure.value.advice


@pytest.mark.parametrize("unknown", [None, {"type": ""}])
def test_an_unknown_metric_fails(unknown: object, world: World) -> None:
    status = world["horizontalpodautoscalers"][0]["status"]
    status["currentMetrics"] = [unknown]
    status["conditions"] = [
        {"type": "ScalingActive", "status": "False", "message": "failed to get cpu utilization"}
    ]
    with pytest.raises(FailedError, match="<unknown> failed to get cpu") as failure:
        autoscalers(world)
    assert "metrics-server" in failure.value.advice


def test_an_autoscaler_that_never_read_fails(world: World) -> None:
    world["horizontalpodautoscalers"][1]["status"] = {}
    with pytest.raises(FailedError, match="<unknown>"):
        autoscalers(world)


def test_a_missing_autoscaler_fails(world: World) -> None:
    del world["horizontalpodautoscalers"][0]
    with pytest.raises(FailedError, match="nothing scales"):
        autoscalers(world)


def test_an_autoscaler_at_its_maximum_is_told(world: World) -> None:
    for each in world["horizontalpodautoscalers"]:
        each["status"]["desiredReplicas"] = each["spec"]["maxReplicas"]
    assert autoscalers(world).count("at its maximum") == 2


def test_a_budget_that_allows_nothing_fails(world: World) -> None:
    world["poddisruptionbudgets"][0]["status"]["disruptionsAllowed"] = 0
    with pytest.raises(FailedError, match="0 of 2 may leave"):
        budgets(world)


def test_a_missing_budget_fails(world: World) -> None:
    world["poddisruptionbudgets"][1]["spec"]["selector"] = None
    with pytest.raises(FailedError, match="has none: a drain may remove all"):
        budgets(world)


def test_missing_policies_fail(world: World) -> None:
    with pytest.raises(FailedError, match=r"gateway \(ingress\), gateway \(egress\), bento"):
        cluster.policies([], world["pods"])


def test_policies_of_one_direction_are_not_enough(world: World) -> None:
    [deny] = [each for each in world["networkpolicies"] if each["metadata"]["name"] == "deny-all"]
    world["networkpolicies"].remove(deny)
    # What is left admits the way to DNS and from the gateway: nothing guards the gateway itself.
    with pytest.raises(FailedError, match=r"selects gateway \(ingress\)"):
        cluster.policies(
            [each for each in world["networkpolicies"] if "ingress" not in each["spec"]]
            + [each for each in world["networkpolicies"] if "bento" in each["metadata"]["name"]],
            world["pods"],
        )


def test_a_namespace_that_is_open_by_default_fails(world: World) -> None:
    others = [each for each in world["networkpolicies"] if each["metadata"]["name"] != "deny-all"]
    with pytest.raises(FailedError, match=r"no policy selects bento \(egress\)"):
        cluster.policies(others, world["pods"])
    parts = {"key": "app.kubernetes.io/name", "operator": "In", "values": ["gateway", "bento"]}
    ours = {"podSelector": {"matchExpressions": [parts]}, "policyTypes": ["Ingress", "Egress"]}
    with pytest.raises(FailedError, match="no policy denies to all pods"):
        cluster.policies([*others, {"spec": ours}], world["pods"])


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        ({"key": "app.kubernetes.io/name", "operator": "In", "values": ["gateway"]}, True),
        ({"key": "app.kubernetes.io/name", "operator": "In", "values": ["bento"]}, False),
        ({"key": "app.kubernetes.io/name", "operator": "NotIn", "values": ["gateway"]}, False),
        ({"key": "app.kubernetes.io/name", "operator": "Exists"}, True),
        ({"key": "app.kubernetes.io/name", "operator": "DoesNotExist"}, False),
        ({"key": "other", "operator": "DoesNotExist"}, True),
    ],
)
def test_expressions_select(world: World, expression: dict[str, Any], selected: bool) -> None:
    gateways = [each for each in world["pods"] if each["metadata"]["name"].startswith("gateway")]
    selector = {"matchExpressions": [expression]}
    budget = {"spec": {"selector": selector}, "status": {"disruptionsAllowed": 1}}
    with pytest.raises(FailedError) as failure:  # bento has none in any case
        cluster.budgets([budget], gateways)
    assert ("gateway has none" in str(failure.value)) is not selected


def test_policies_without_pods_are_skipped(world: World) -> None:
    with pytest.raises(SkippedError, match="no pods of gateway"):
        cluster.policies(world["networkpolicies"], [])


def test_the_gateways_settings_are_found(world: World) -> None:
    settings = cluster.settings(world["deployments"], world["configmaps"])
    assert settings["DYNAMODB_TABLE_NAME"] == "comments"
    world["deployments"][0]["spec"]["template"]["spec"]["containers"][0]["env"] = [
        {"name": "DYNAMODB_TABLE_NAME", "value": "other"}
    ]
    world["deployments"][1]["spec"]["template"]["spec"]["containers"][0]["env"] = [
        {"name": "DYNAMODB_TABLE_NAME", "value": "other"}
    ]
    changed = cluster.settings(world["deployments"], world["configmaps"])
    assert changed["DYNAMODB_TABLE_NAME"] == "other"
