"""The rules that NetworkPolicies must follow, as checks that yield violations."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from tests.k8s.manifests import Objects, namespace_of, port_names, selects, title
from tests.k8s.rendering import Object

# Other namespaces that the installations expect, and the labels of the pods there.
EXTERNAL_PODS = {
    "ingress-nginx": [
        {
            "app.kubernetes.io/name": "ingress-nginx",
            "app.kubernetes.io/component": "controller",
        }
    ],
    "kube-system": [{"k8s-app": "kube-dns"}, {"app.kubernetes.io/name": "traefik"}],
    "monitoring": [{"app.kubernetes.io/name": "prometheus"}],
    "observability": [{"app.kubernetes.io/name": "opentelemetry-collector"}],
}
# https://www.iana.org/assignments/iana-ipv4-special-registry: private, of providers, link-local
PRIVATE = [
    ipaddress.ip_network(block)
    for block in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
    )
]


def network(known: Objects) -> Iterator[str]:
    """Everything is denied by default; both sides of each allowed flow exist."""
    policies = [item for item in known.of("NetworkPolicy") if namespace_of(item) == "valence"]
    if {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} not in [
        policy["spec"] for policy in policies
    ]:
        yield "namespace valence: not everything is denied by default"
    for policy in policies:
        spec = policy["spec"]
        selected = known.pods("valence", spec["podSelector"])
        if not selected:
            yield f"{title(policy)}: selects no pod"
        for direction, key in (("ingress", "from"), ("egress", "to")):
            for rule in spec.get(direction, []):
                if not rule.get(key) or not rule.get("ports"):
                    yield f"{title(policy)}: allows all peers or all ports"
                peers = [pod for peer in rule.get(key, []) for pod in _peer(known, policy, peer)]
                if None in peers:
                    yield f"{title(policy)}: a peer does not exist"
                for peer in rule.get(key, []):
                    if direction == "egress" and not _keeps_out(peer.get("ipBlock")):
                        yield f"{title(policy)}: leads to private or link-local addresses"
                targets = selected if direction == "ingress" else [pod for pod in peers if pod]
                for port in rule.get("ports", []):
                    if isinstance(port["port"], str) and not any(
                        port["port"] in port_names(pod) for pod in targets
                    ):
                        yield f"{title(policy)}: no pod has the port {port['port']}"


def _keeps_out(block: Object | None) -> bool:
    """Whether a block of addresses is one address, or leaves out those that are nobody's business:
    other machines of the network, and the nodes' metadata."""
    network = ipaddress.ip_network(block["cidr"] if block else "0.0.0.0/32")
    outside = [ipaddress.ip_network(part) for part in (block or {}).get("except", [])]
    return network.num_addresses == 1 or all(part in outside for part in PRIVATE)


def names(known: Objects) -> Iterator[str]:
    """Pods that call others may ask DNS, and no other ones: it would be a way out for data."""
    calling: dict[bool, list[Object]] = {False: [], True: []}
    for policy in known.of("NetworkPolicy"):
        for rule in policy["spec"].get("egress", []):
            asks = {port["port"] for port in rule.get("ports", [])} == {53}
            pods = known.pods(namespace_of(policy), policy["spec"]["podSelector"])
            calling[asks] += [pod for pod in pods if pod not in calling[asks]]
    for pod in calling[True]:
        if pod not in calling[False]:
            yield f"{pod['metadata']['labels']['app.kubernetes.io/name']}: may ask DNS for nothing"
    for pod in calling[False]:
        if pod not in calling[True]:
            yield f"{pod['metadata']['labels']['app.kubernetes.io/name']}: may not ask DNS"


def _peer(known: Objects, policy: Object, peer: Object) -> list[Object | None]:
    if "ipBlock" in peer:
        return []
    namespace = namespace_of(policy)
    if "namespaceSelector" in peer:
        namespace = peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
    if namespace in EXTERNAL_PODS:
        # A namespace is never admitted as a whole: others install pods there.
        exists = peer.get("podSelector") and any(
            selects(peer["podSelector"], labels) for labels in EXTERNAL_PODS[namespace]
        )
        return [] if exists else [None]
    return [*known.pods(namespace, peer.get("podSelector", {}))] or [None]


CHECKS = (network, names)
