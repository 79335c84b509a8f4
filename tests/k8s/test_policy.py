"""The manifests keep to the policy, and the policy notices when they do not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.k8s.policy import Objects, complaints
from tests.k8s.rendering import OVERLAYS, Object, objects


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_nothing_to_complain_of(overlay: str) -> None:
    assert complaints(objects(overlay)) == []


def one(known: Objects, kind: str, called: str, within: str = "valence") -> Object:
    found = known.find(kind, called, within)
    assert found, f"no {kind} {called}"
    return found


def gateway(known: Objects) -> Object:
    pod: Object = one(known, "Deployment", "gateway")["spec"]["template"]["spec"]
    return pod


def container(known: Objects) -> Object:
    first: Object = gateway(known)["containers"][0]
    return first


def set_in(*path: str | int, to: object) -> Callable[[Object], None]:
    def change(item: Object) -> None:
        inner = item
        for step in path[:-1]:
            inner = inner[step]  # type: ignore[index]
        inner[path[-1]] = to  # type: ignore[index]

    return change


FAULTS: dict[str, tuple[Callable[[Objects], Object], Callable[[Object], object]]] = {
    "does not enforce restricted": (
        lambda known: one(known, "Namespace", "valence", ""),
        lambda item: item["metadata"]["labels"].pop("pod-security.kubernetes.io/enforce"),
    ),
    "shares something of the host": (gateway, set_in("hostNetwork", to=True)),
    "is of a kind that is not allowed": (
        gateway,
        set_in("volumes", to=[{"name": "host", "hostPath": {"path": "/"}}]),
    ),
    "by number": (gateway, set_in("securityContext", "runAsUser", to=0)),
    "securityContext is not": (
        container,
        set_in("securityContext", "readOnlyRootFilesystem", to=False),
    ),
    "takes a port of the host": (container, set_in("ports", 0, "hostPort", to=80)),
    "which are settings here": (gateway, lambda item: item.pop("enableServiceLinks")),
    "its ServiceAccount does not exist": (gateway, set_in("serviceAccountName", to="root")),
    "gets a token": (gateway, set_in("automountServiceAccountToken", to=True)),
    "does not ask for CPU and memory": (container, set_in("resources", "requests", to={})),
    "is not limited in memory": (container, set_in("resources", "limits", "cpu", to="1")),
    "has no tag of its own": (container, set_in("image", to="registry:5000/gateway:latest")),
    "ConfigMap other does not exist": (
        container,
        set_in("envFrom", 0, "configMapRef", "name", to="other"),
    ),
    "volume none does not exist": (
        container,
        set_in("volumeMounts", to=[{"name": "none", "mountPath": "/"}]),
    ),
    "readinessProbe asks no port": (container, lambda item: item.pop("readinessProbe")),
    "the liveness probe asks dependencies": (
        container,
        set_in("livenessProbe", "httpGet", "path", to="/readyz"),
    ),
    "does not match its own pods": (
        gateway,
        set_in("topologySpreadConstraints", 0, "labelSelector", to={"matchLabels": {"a": "b"}}),
    ),
    "is the budget of 0 kinds of pod": (
        lambda known: one(known, "PodDisruptionBudget", "gateway"),
        set_in("spec", "selector", to={"matchLabels": {"a": "b"}}),
    ),
    "is the budget of 4 kinds of pod": (
        lambda known: one(known, "PodDisruptionBudget", "gateway"),
        set_in("spec", "selector", to={}),
    ),
    "selects 0 kinds of pod": (
        lambda known: one(known, "Service", "bento"),
        set_in("spec", "selector", to={"a": "b"}),
    ),
    "leads to none of the pod": (
        lambda known: one(known, "Service", "gateway"),
        set_in("spec", "ports", 0, "targetPort", to="web"),
    ),
    "selects 0 Services": (
        lambda known: one(known, "ServiceMonitor", "gateway"),
        set_in("spec", "selector", to={"matchLabels": {"a": "b"}}),
    ),
    "no port web": (
        lambda known: one(known, "ServiceMonitor", "gateway"),
        set_in("spec", "endpoints", to=[{"port": "web"}]),
    ),
    "can be reached from outside": (
        lambda known: one(known, "Service", "gateway-metrics"),
        set_in("spec", "type", to="NodePort"),
    ),
    "leads elsewhere": (
        lambda known: one(known, "Ingress", "valence"),
        set_in("spec", "rules", 0, "http", "paths", 0, "backend", "service", "name", to="bento"),
    ),
    "other ports than http": (
        lambda known: one(known, "Service", "gateway"),
        lambda item: item["spec"]["ports"].append({"name": "metrics", "targetPort": "metrics"}),
    ),
    "not everything is denied": (
        lambda known: one(known, "NetworkPolicy", "deny-all"),
        set_in("spec", "policyTypes", to=["Ingress"]),
    ),
    "NetworkPolicy bento-from-gateway: selects no pod": (
        lambda known: one(known, "NetworkPolicy", "bento-from-gateway"),
        set_in("spec", "podSelector", "matchLabels", to={"a": "b"}),
    ),
    "opens more than a flow": (
        lambda known: one(known, "NetworkPolicy", "bento-from-gateway"),
        lambda item: item["spec"]["ingress"][0].pop("from"),
    ),
    "a peer does not exist": (
        lambda known: one(known, "NetworkPolicy", "gateway-from-traefik"),
        set_in("spec", "ingress", 0, "from", 0, "podSelector", "matchLabels", to={"a": "b"}),
    ),
    "no pod has the port web": (
        lambda known: one(known, "NetworkPolicy", "gateway-to-bento"),
        set_in("spec", "egress", 0, "ports", 0, "port", to="web"),
    ),
    "its target does not exist": (
        lambda known: one(known, "HorizontalPodAutoscaler", "bento"),
        set_in("spec", "scaleTargetRef", "name", to="bent"),
    ),
    "may leave a single pod": (
        lambda known: one(known, "HorizontalPodAutoscaler", "bento"),
        set_in("spec", "minReplicas", to=1),
    ),
    "counts its replicas": (
        lambda known: one(known, "Deployment", "gateway"),
        set_in("spec", "replicas", to=2),
    ),
    "takes pods away": (
        lambda known: one(known, "Deployment", "gateway"),
        set_in("spec", "strategy", "rollingUpdate", "maxUnavailable", to="25%"),
    ),
    "has no PodDisruptionBudget": (
        lambda known: one(known, "PodDisruptionBudget", "bento"),
        set_in("metadata", "name", to="other"),
    ),
}


@pytest.mark.parametrize("complaint", FAULTS)
def test_a_fault_is_noticed(complaint: str) -> None:
    known = Objects(objects("everything"))
    find, break_it = FAULTS[complaint]
    break_it(find(known))
    assert any(complaint in found for found in complaints(known.items)), complaints(known.items)
