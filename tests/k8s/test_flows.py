"""Who may connect to whom, by the rendered NetworkPolicies: the whole matrix, with nothing run.

tests/cluster/test_flows.py tries it in a cluster, but not for the pods that come and go.
"""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

import pytest

from tests.k8s.manifests import Objects, namespace_of, selects
from tests.k8s.rendering import Object, objects

NAMESPACE_LABEL = "kubernetes.io/metadata.name"


class Peer(NamedTuple):
    """One end of a connection: a pod with labels in a namespace, or something with an address."""

    address: str
    namespace: str = ""
    labels: tuple[tuple[str, str], ...] = ()


def pod(name: str, namespace: str = "valence", key: str = "app.kubernetes.io/name") -> Peer:
    """A pod, with an address that is private, as those of pods are."""
    return Peer("10.1.2.3", namespace, ((key, name),))


PARTS = ("gateway", "bento", "dynamodb", "loadtest-master", "loadtest-worker")
FROM = {
    **{name: pod(name) for name in PARTS},
    "stranger": pod("stranger"),
    "elsewhere": pod("elsewhere", "default"),
    "traefik": pod("traefik", "traefik"),
    "not traefik": pod("other", "traefik"),
    "load balancer": Peer("192.168.33.1"),
    "private subnet": Peer("192.168.100.1"),
}
DNS, NODE_LOCAL = pod("kube-dns", "kube-system", key="k8s-app"), Peer("169.254.20.10")
# What is no pod of ours: its address, port and protocol.
OUTSIDE = {
    **{f"DNS {protocol}": (DNS, 53, protocol) for protocol in ("UDP", "TCP")},
    **{f"NodeLocal DNS {protocol}": (NODE_LOCAL, 53, protocol) for protocol in ("UDP", "TCP")},
    "other pods of kube-system": (pod("metrics", "kube-system"), 53, "UDP"),
    "other resolvers": (Peer("9.9.9.9"), 53, "UDP"),
    "NodeLocal's metrics": (NODE_LOCAL, 9253, "TCP"),
    "metadata": (Peer("169.254.169.254"), 80, "TCP"),
    "Pod Identity agent": (Peer("169.254.170.23"), 80, "TCP"),
    "API server": (Peer("10.96.0.1"), 443, "TCP"),
    "node": (Peer("192.168.100.2"), 10250, "TCP"),
    "internet 443": (Peer("52.94.5.1"), 443, "TCP"),
    "internet 80": (Peer("52.94.5.1"), 80, "TCP"),
    "elsewhere": (FROM["elsewhere"], 8080, "TCP"),
}

NAMES = {"DNS UDP", "DNS TCP", "NodeLocal DNS UDP", "NodeLocal DNS TCP"}
ON_EKS = {
    "gateway": {"bento http", "internet 443", "Pod Identity agent", *NAMES},
    "load balancer": {"gateway http"},
}
ALLOWED: dict[str, dict[str, set[str]]] = {
    "kind": {"gateway": {"bento http", "dynamodb http", *NAMES}, "traefik": {"gateway http"}},
    "eks": ON_EKS,
    "loadtest": ON_EKS
    | {
        "loadtest-master": {"gateway http", *NAMES},
        "loadtest-worker": {"gateway http", "loadtest-master locust", *NAMES},
    },
}
"""Of each overlay and kind of pod, the targets in our namespace and outside; all else is closed."""


def targets(known: Objects) -> dict[str, tuple[Peer, int, str]]:
    found = dict(OUTSIDE)
    for name in PARTS:
        for template in known.pods("valence", {"matchLabels": {"app.kubernetes.io/name": name}}):
            for container in template["spec"]["containers"]:
                for port in container.get("ports", []):
                    found[f"{name} {port['name']}"] = (pod(name), port["containerPort"], "TCP")
    return found


class Network:
    """What the NetworkPolicies of an overlay let through."""

    def __init__(self, known: Objects) -> None:
        self._known = known

    def open(self, source: Peer, target: Peer, port: int, protocol: str) -> bool:
        """https://kubernetes.io/docs/reference/kubernetes-api/networking/network-policy-v1/"""
        return self._one_way("Egress", source, target, target, port, protocol) and self._one_way(
            "Ingress", target, source, target, port, protocol
        )

    def _one_way(
        self, direction: str, at: Peer, other: Peer, target: Peer, port: int, protocol: str
    ) -> bool:
        """Whether the policies of the pod at one end let the other end through."""
        policies = [
            policy
            for policy in self._known.of("NetworkPolicy")
            if namespace_of(policy) == at.namespace
            and selects(policy["spec"]["podSelector"], dict(at.labels))
            and direction in policy["spec"]["policyTypes"]
        ]
        if not policies:
            return True
        key, peers = direction.lower(), "from" if direction == "Ingress" else "to"
        return any(
            (not rule.get(peers) or any(self._is(policy, each, other) for each in rule[peers]))
            and (
                not rule.get("ports")
                or any(self._has(each, target, port, protocol) for each in rule["ports"])
            )
            for policy in policies
            for rule in policy["spec"].get(key, [])
        )

    def _is(self, policy: Object, rule: Object, peer: Peer) -> bool:
        if block := rule.get("ipBlock"):
            address = ipaddress.ip_address(peer.address)
            return address in ipaddress.ip_network(block["cidr"]) and not any(
                address in ipaddress.ip_network(part) for part in block.get("except", [])
            )
        if not peer.namespace:
            return False
        if "namespaceSelector" in rule:
            fits = selects(rule["namespaceSelector"], {NAMESPACE_LABEL: peer.namespace})
        else:
            fits = peer.namespace == namespace_of(policy)
        return fits and selects(rule.get("podSelector", {}), dict(peer.labels))

    def _has(self, rule: Object, target: Peer, port: int, protocol: str) -> bool:
        if rule.get("protocol", "TCP") != protocol:
            return False
        if not isinstance(rule["port"], str):
            return bool(rule["port"] == port)
        labels = {"matchLabels": dict(target.labels)}
        return any(
            (each["name"], each["containerPort"]) == (rule["port"], port)
            for template in self._known.pods(target.namespace, labels)
            for container in template["spec"]["containers"]
            for each in container.get("ports", [])
        )


@pytest.mark.parametrize("overlay", ALLOWED)
def test_each_pod_reaches_what_it_needs_and_nothing_else(overlay: str) -> None:
    known = Objects(objects(overlay))
    network, tried = Network(known), targets(known)
    for name, source in FROM.items():
        reached = {
            title
            for title, (target, port, protocol) in tried.items()
            if network.open(source, target, port, protocol)
        }
        if source.namespace != "valence":  # what others call elsewhere is not our business
            reached -= OUTSIDE.keys()
        assert reached == ALLOWED[overlay].get(name, set()), f"{overlay}: from {name}"


def test_a_wider_policy_is_seen() -> None:
    known = Objects(objects("kind"))
    policy = known.find("NetworkPolicy", "gateway-to-dns", "valence")
    assert policy
    policy["spec"]["egress"][0]["to"][1]["ipBlock"]["cidr"] = "169.254.0.0/16"
    policy["spec"]["egress"][0]["ports"].append({"port": 80, "protocol": "TCP"})
    metadata, port, protocol = OUTSIDE["metadata"]
    assert Network(known).open(FROM["gateway"], metadata, port, protocol)
