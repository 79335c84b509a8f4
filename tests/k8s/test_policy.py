"""The manifests follow the policy, and each violation is detected."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.k8s.manifests import Objects
from tests.k8s.policy import violations
from tests.k8s.rendering import OVERLAYS, Object, objects


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_follows_the_policy(overlay: str) -> None:
    assert violations(objects(overlay)) == []


def find(known: Objects, kind: str, name: str, namespace: str = "valence") -> Object:
    item = known.find(kind, name, namespace)
    assert item, f"no {kind} {name}"
    return item


def gateway(known: Objects) -> Object:
    pod: Object = find(known, "Deployment", "gateway")["spec"]["template"]["spec"]
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


NAME = "kubernetes.io/metadata.name"

# A part of each violation's line: how to find the part of the manifests, and how to break it.
FAULTS: dict[str, tuple[Callable[[Objects], Object], Callable[[Object], object]]] = {
    "does not enforce restricted": (
        lambda known: find(known, "Namespace", "valence", ""),
        lambda item: item["metadata"]["labels"].pop("pod-security.kubernetes.io/enforce"),
    ),
    "shares a namespace of the host": (gateway, set_in("hostNetwork", to=True)),
    "is of a type that is not allowed": (
        gateway,
        set_in("volumes", to=[{"name": "host", "hostPath": {"path": "/"}}]),
    ),
    "does not run as a numeric user": (gateway, set_in("securityContext", "runAsUser", to=0)),
    "securityContext is not": (
        container,
        set_in("securityContext", "readOnlyRootFilesystem", to=False),
    ),
    "uses a port of the host": (container, set_in("ports", 0, "hostPort", to=80)),
    "Services become environment variables": (gateway, lambda item: item.pop("enableServiceLinks")),
    "its ServiceAccount does not exist": (gateway, set_in("serviceAccountName", to="root")),
    "gets a token": (gateway, set_in("automountServiceAccountToken", to=True)),
    "does not request CPU and memory": (container, set_in("resources", "requests", to={})),
    "must have a memory limit and no other": (
        container,
        set_in("resources", "limits", "cpu", to="1"),
    ),
    "has no tag of its own": (container, set_in("image", to="registry:5000/gateway:latest")),
    "ConfigMap other does not exist": (
        container,
        set_in("envFrom", 0, "configMapRef", "name", to="other"),
    ),
    "volume none does not exist": (
        container,
        set_in("volumeMounts", to=[{"name": "none", "mountPath": "/"}]),
    ),
    "does not show why it ended": (
        container,
        lambda item: item.pop("terminationMessagePolicy"),
    ),
    "readinessProbe uses no port": (container, lambda item: item.pop("readinessProbe")),
    "the liveness probe depends on other services": (
        container,
        set_in("livenessProbe", "httpGet", "path", to="/readyz"),
    ),
    "does not match its own pods": (
        gateway,
        set_in("topologySpreadConstraints", 0, "labelSelector", to={"matchLabels": {"a": "b"}}),
    ),
    "Deployment bento: selects the pods of another one": (
        lambda known: find(known, "Deployment", "bento"),
        set_in("spec", "selector", to={"matchLabels": {"app.kubernetes.io/component": "model"}}),
    ),
    "PodDisruptionBudget bento: is the budget of 2 kinds of pod": (
        lambda known: find(known, "PodDisruptionBudget", "bento"),
        set_in("spec", "selector", to={"matchLabels": {"app.kubernetes.io/component": "model"}}),
    ),
    "is the budget of 0 kinds of pod": (
        lambda known: find(known, "PodDisruptionBudget", "gateway"),
        set_in("spec", "selector", to={"matchLabels": {"a": "b"}}),
    ),
    "is the budget of 4 kinds of pod": (
        lambda known: find(known, "PodDisruptionBudget", "gateway"),
        set_in("spec", "selector", to={}),
    ),
    "selects 3 kinds of pod": (
        lambda known: find(known, "Service", "bento"),
        set_in("spec", "selector", to={}),
    ),
    "selects 0 kinds of pod": (
        lambda known: find(known, "Service", "bento"),
        set_in("spec", "selector", to={"a": "b"}),
    ),
    "is no port of the pod": (
        lambda known: find(known, "Service", "gateway"),
        set_in("spec", "ports", 0, "targetPort", to="web"),
    ),
    "selects 0 Services": (
        lambda known: find(known, "ServiceMonitor", "gateway"),
        set_in("spec", "selector", to={"matchLabels": {"a": "b"}}),
    ),
    "no port web": (
        lambda known: find(known, "ServiceMonitor", "gateway"),
        set_in("spec", "endpoints", to=[{"port": "web"}]),
    ),
    "can be reached from outside": (
        lambda known: find(known, "Service", "gateway-metrics"),
        set_in("spec", "type", to="NodePort"),
    ),
    "does not lead to the gateway alone": (
        lambda known: find(known, "Ingress", "valence"),
        set_in("spec", "rules", 0, "http", "paths", 0, "backend", "service", "name", to="bento"),
    ),
    "Ingress valence: does not lead to": (
        lambda known: find(known, "Ingress", "valence"),
        set_in("spec", "defaultBackend", to={"service": {"name": "gateway"}}),
    ),
    "has other paths than the public ones": (
        lambda known: find(known, "Ingress", "valence"),
        set_in("spec", "rules", 0, "http", "paths", 0, "pathType", to="Prefix"),
    ),
    "Role traefik: allows more than": (
        lambda known: find(known, "Role", "traefik"),
        set_in("rules", 0, "verbs", to=["get", "list", "watch"]),
    ),
    "allows to read Secrets of all namespaces": (
        lambda known: find(known, "ClusterRole", "valence-traefik", ""),
        set_in("rules", 0, "resources", to=["secrets"]),
    ),
    "other ports than http": (
        lambda known: find(known, "Service", "gateway"),
        lambda item: item["spec"]["ports"].append({"name": "metrics", "targetPort": "metrics"}),
    ),
    "not everything is denied": (
        lambda known: find(known, "NetworkPolicy", "deny-all"),
        set_in("spec", "policyTypes", to=["Ingress"]),
    ),
    "NetworkPolicy bento-from-gateway: selects no pod": (
        lambda known: find(known, "NetworkPolicy", "bento-from-gateway"),
        set_in("spec", "podSelector", "matchLabels", to={"a": "b"}),
    ),
    "allows all peers or all ports": (
        lambda known: find(known, "NetworkPolicy", "bento-from-gateway"),
        lambda item: item["spec"]["ingress"][0].pop("from"),
    ),
    "a peer does not exist": (
        lambda known: find(known, "NetworkPolicy", "gateway-from-traefik"),
        set_in("spec", "ingress", 0, "from", 0, "podSelector", "matchLabels", to={"a": "b"}),
    ),
    "NetworkPolicy gateway-from-traefik: a peer does not exist": (
        lambda known: find(known, "NetworkPolicy", "gateway-from-traefik"),
        set_in(
            "spec",
            "ingress",
            0,
            "from",
            to=[{"namespaceSelector": {"matchLabels": {NAME: "kube-system"}}}],
        ),
    ),
    "leads to private or link-local addresses": (
        lambda known: find(known, "NetworkPolicy", "gateway-to-dynamodb"),
        set_in("spec", "egress", 0, "to", to=[{"ipBlock": {"cidr": "0.0.0.0/0"}}]),
    ),
    "dynamodb: may ask DNS for nothing": (
        lambda known: find(known, "NetworkPolicy", "gateway-to-dns"),
        set_in("spec", "podSelector", to={}),
    ),
    "gateway: may not ask DNS": (
        lambda known: find(known, "NetworkPolicy", "gateway-to-dns"),
        set_in("spec", "podSelector", "matchLabels", to={"app.kubernetes.io/name": "bento"}),
    ),
    "cannot be pruned": (
        lambda known: next(known.of("ConfigMap")),
        lambda item: item["metadata"].pop("labels"),
    ),
    "a correcting apply would be refused": (
        lambda known: find(known, "StatefulSet", "dynamodb"),
        set_in("kind", to="Job"),
    ),
    "no pod has the port web": (
        lambda known: find(known, "NetworkPolicy", "gateway-to-bento"),
        set_in("spec", "egress", 0, "ports", 0, "port", to="web"),
    ),
    "its target does not exist": (
        lambda known: find(known, "HorizontalPodAutoscaler", "bento"),
        set_in("spec", "scaleTargetRef", "name", to="bent"),
    ),
    "allows a single pod": (
        lambda known: find(known, "HorizontalPodAutoscaler", "bento"),
        set_in("spec", "minReplicas", to=1),
    ),
    "sets its replicas": (
        lambda known: find(known, "Deployment", "gateway"),
        set_in("spec", "replicas", to=2),
    ),
    "does not say how many pods it has": (
        lambda known: find(known, "Deployment", "bento-canary"),
        lambda item: item["spec"].pop("replicas"),
    ),
    "removes pods before": (
        lambda known: find(known, "Deployment", "gateway"),
        set_in("spec", "strategy", "rollingUpdate", "maxUnavailable", to="25%"),
    ),
    "has no PodDisruptionBudget": (
        lambda known: find(known, "PodDisruptionBudget", "bento"),
        set_in("metadata", "name", to="other"),
    ),
}


@pytest.mark.parametrize("violation", FAULTS)
def test_a_violation_is_detected(violation: str) -> None:
    known = Objects(objects("everything"))
    find_part, break_it = FAULTS[violation]
    break_it(find_part(known))
    detected = violations(known.items)
    assert any(violation in line for line in detected), detected
