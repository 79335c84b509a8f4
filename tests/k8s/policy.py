"""What each installation keeps to, asked of the rendered objects.

Each check yields complaints. The API server would find few of these faults: to it, a Service that
selects nothing and an autoscaler without a target are as good as any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tests.k8s.rendering import Object

# Namespaces that the installations expect, and the labels of the pods there.
ELSEWHERE = {
    "kube-system": {"k8s-app": "kube-dns"},
    "monitoring": {"app.kubernetes.io/name": "prometheus"},
}
WORKLOADS = {"Deployment", "StatefulSet", "Job"}
VOLUMES = {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}


def name(item: Object) -> str:
    return f"{item['kind']} {item['metadata']['name']}"


def namespace(item: Object) -> str:
    return str(item["metadata"].get("namespace", ""))


class Objects:
    """The rendered objects, by what they are."""

    def __init__(self, items: Iterable[Object]) -> None:
        self.items = list(items)

    def of(self, *kinds: str) -> Iterator[Object]:
        return (item for item in self.items if item["kind"] in kinds)

    def find(self, kind: str, called: str, within: str) -> Object | None:
        found = (
            item
            for item in self.of(kind)
            if item["metadata"]["name"] == called and namespace(item) == within
        )
        return next(found, None)

    def pods(self, within: str, selector: Object | None) -> list[Object]:
        """Templates of pods in a namespace that a label selector means; {} means all."""
        return [
            item["spec"]["template"]
            for item in self.of(*WORKLOADS)
            if namespace(item) == within
            and selects(selector, item["spec"]["template"]["metadata"]["labels"])
        ]


def selects(selector: Object | None, labels: dict[str, str]) -> bool:
    if selector is None:
        return False
    for expression in selector.get("matchExpressions", []):
        if expression["operator"] != "In":
            raise NotImplementedError(expression["operator"])
        if labels.get(expression["key"]) not in expression["values"]:
            return False
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def containers(pod: Object) -> list[Object]:
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def port_names(pod: Object) -> set[str | int]:
    ports = [port for item in containers(pod) for port in item.get("ports", [])]
    return {port["name"] for port in ports} | {port["containerPort"] for port in ports}


def complaints(items: Iterable[Object]) -> list[str]:
    """All that is wrong."""
    known = Objects(items)
    found: list[str] = []
    for check in CHECKS:
        found += check(known)
    return found


def restricted(known: Objects) -> Iterator[str]:
    """Pod Security Standards, profile restricted, and a read-only root.

    https://kubernetes.io/docs/concepts/security/pod-security-standards/
    """
    for item in known.of("Namespace"):
        for mode in ("enforce", "warn", "audit"):
            if item["metadata"]["labels"].get(f"pod-security.kubernetes.io/{mode}") != "restricted":
                yield f"{name(item)}: does not {mode} restricted"
    for item in known.of(*WORKLOADS):
        pod = item["spec"]["template"]["spec"]
        if {"hostNetwork", "hostPID", "hostIPC"} & pod.keys():
            yield f"{name(item)}: shares something of the host"
        for volume in pod.get("volumes", []):
            if not volume.keys() - {"name"} <= VOLUMES:
                yield f"{name(item)}: volume {volume['name']} is of a kind that is not allowed"
        if not pod.get("securityContext", {}).get("runAsUser", 0) >= 1000:
            yield f"{name(item)}: does not run as a user by number"
        for container in containers(item["spec"]["template"]):
            context: Object = container.get("securityContext", {})
            wanted: dict[str, Any] = {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": True,
                "runAsNonRoot": True,
                "seccompProfile": {"type": "RuntimeDefault"},
            }
            if context != wanted:
                yield f"{name(item)}: securityContext is not {wanted}"
            if any("hostPort" in port for port in container.get("ports", [])):
                yield f"{name(item)}: takes a port of the host"


def workloads(known: Objects) -> Iterator[str]:
    """Probes, resources, images, and no more of Kubernetes than a pod needs."""
    for item in known.of(*WORKLOADS):
        pod = item["spec"]["template"]
        if pod["spec"].get("enableServiceLinks") is not False:
            yield f"{name(item)}: Services become environment variables, which are settings here"
        account = known.find("ServiceAccount", pod["spec"]["serviceAccountName"], namespace(item))
        if account is None:
            yield f"{name(item)}: its ServiceAccount does not exist"
        elif namespace(item) == "valence" and (
            account.get("automountServiceAccountToken") is not False
            or pod["spec"].get("automountServiceAccountToken") is not False
        ):
            yield f"{name(item)}: gets a token for the Kubernetes API"
        for container in containers(pod):
            resources = container.get("resources", {})
            if resources.get("requests", {}).keys() != {"cpu", "memory"}:
                yield f"{name(item)}: does not ask for CPU and memory"
            if resources.get("limits", {}).keys() != {"memory"}:
                yield f"{name(item)}: is not limited in memory, and in nothing else"
            _, _, tag = container["image"].rpartition("/")[2].partition(":")
            if "@sha256:" not in container["image"] and tag in {"", "latest"}:
                yield f"{name(item)}: image {container['image']} has no tag of its own"
            yield from _references(known, item, container)
            if item["kind"] == "Job":
                continue
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                action = container.get(probe, {})
                where = action.get("httpGet") or action.get("tcpSocket") or {}
                if where.get("port") not in port_names(pod):
                    yield f"{name(item)}: {probe} asks no port of the pod"
                if probe == "livenessProbe" and where.get("path") == "/readyz":
                    yield f"{name(item)}: the liveness probe asks dependencies"


def _references(known: Objects, item: Object, container: Object) -> Iterator[str]:
    for source in container.get("envFrom", []):
        reference = source["configMapRef"]["name"]
        if known.find("ConfigMap", reference, namespace(item)) is None:
            yield f"{name(item)}: ConfigMap {reference} does not exist"
    spec = item["spec"]
    volumes = {volume["name"] for volume in spec["template"]["spec"].get("volumes", [])}
    volumes |= {claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", [])}
    for mount in container.get("volumeMounts", []):
        if mount["name"] not in volumes:
            yield f"{name(item)}: volume {mount['name']} does not exist"


def selectors(known: Objects) -> Iterator[str]:
    """Whoever selects pods selects some, by labels that they have."""
    for item in known.of("Deployment", "StatefulSet"):
        labels = item["spec"]["template"]["metadata"]["labels"]
        chosen = [item["spec"]["selector"]]
        spread = item["spec"]["template"]["spec"].get("topologySpreadConstraints", [])
        chosen += [constraint["labelSelector"] for constraint in spread]
        if not all(selector and selects(selector, labels) for selector in chosen):
            yield f"{name(item)}: a selector does not match its own pods"
    for item in known.of("PodDisruptionBudget"):
        # A pod with two budgets cannot be evicted at all.
        pods = known.pods(namespace(item), item["spec"]["selector"])
        if len(pods) != 1:
            yield f"{name(item)}: is the budget of {len(pods)} kinds of pod"
    for item in known.of("Service"):
        pods = known.pods(namespace(item), {"matchLabels": item["spec"]["selector"]})
        if len(pods) != 1:
            yield f"{name(item)}: selects {len(pods)} kinds of pod"
        for port in item["spec"]["ports"]:
            if any(port["targetPort"] not in port_names(pod) for pod in pods):
                yield f"{name(item)}: port {port['name']} leads to none of the pod"
    for item in known.of("ServiceMonitor"):
        services = [
            service
            for service in known.of("Service")
            if namespace(service) == namespace(item)
            and selects(item["spec"]["selector"], service["metadata"].get("labels", {}))
        ]
        if len(services) != 1:
            yield f"{name(item)}: selects {len(services)} Services"
        for endpoint in item["spec"]["endpoints"]:
            for service in services:
                if endpoint["port"] not in {port["name"] for port in service["spec"]["ports"]}:
                    yield f"{name(item)}: no port {endpoint['port']}"


def ways_in(known: Objects) -> Iterator[str]:
    """From outside there is the gateway's port for requests, and nothing else."""
    for item in known.of("Service"):
        if namespace(item) == "valence" and item["spec"].get("type", "ClusterIP") != "ClusterIP":
            yield f"{name(item)}: can be reached from outside"
    for item in known.of("Ingress"):
        backends = [
            path["backend"]["service"]
            for rule in item["spec"]["rules"]
            for path in rule["http"]["paths"]
        ]
        if backends != [{"name": "gateway", "port": {"name": "http"}}]:
            yield f"{name(item)}: leads elsewhere than to the gateway"
        gateway = known.find("Service", "gateway", namespace(item))
        if not gateway or [port["name"] for port in gateway["spec"]["ports"]] != ["http"]:
            yield f"{name(item)}: the gateway's Service has other ports than http"


def network(known: Objects) -> Iterator[str]:
    """Everything is denied; what is opened exists, on both sides."""
    policies = [item for item in known.of("NetworkPolicy") if namespace(item) == "valence"]
    if {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} not in [
        policy["spec"] for policy in policies
    ]:
        yield "namespace valence: not everything is denied"
    for policy in policies:
        spec = policy["spec"]
        own = known.pods("valence", spec["podSelector"])
        if not own:
            yield f"{name(policy)}: selects no pod"
        for direction, key in (("ingress", "from"), ("egress", "to")):
            for rule in spec.get(direction, []):
                if not rule.get(key) or not rule.get("ports"):
                    yield f"{name(policy)}: opens more than a flow"
                peers = [pod for peer in rule.get(key, []) for pod in _peer(known, policy, peer)]
                if None in peers:
                    yield f"{name(policy)}: a peer does not exist"
                there = own if direction == "ingress" else [pod for pod in peers if pod]
                for port in rule.get("ports", []):
                    if isinstance(port["port"], str) and not any(
                        port["port"] in port_names(pod) for pod in there
                    ):
                        yield f"{name(policy)}: no pod has the port {port['port']}"


def _peer(known: Objects, policy: Object, peer: Object) -> list[Object | None]:
    if "ipBlock" in peer:
        return []
    within = namespace(policy)
    if "namespaceSelector" in peer:
        within = peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
    if within in ELSEWHERE:
        known_there = selects(peer.get("podSelector", {}), ELSEWHERE[within])
        return [] if known_there else [None]
    return [*known.pods(within, peer.get("podSelector", {}))] or [None]


def scaling(known: Objects) -> Iterator[str]:
    """Each Deployment of ours scales, survives the loss of a pod, and is counted by one only."""
    for item in known.of("HorizontalPodAutoscaler"):
        target = item["spec"]["scaleTargetRef"]
        if known.find(target["kind"], target["name"], namespace(item)) is None:
            yield f"{name(item)}: its target does not exist"
        if item["spec"]["minReplicas"] < 2:
            yield f"{name(item)}: may leave a single pod"
    for item in known.of("Deployment"):
        if namespace(item) != "valence":
            continue
        called = item["metadata"]["name"]
        if "replicas" in item["spec"]:
            yield f"{name(item)}: counts its replicas, which the autoscaler does"
        if item["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] != 0:
            yield f"{name(item)}: a rollout takes pods away before there are new ones"
        for kind in ("HorizontalPodAutoscaler", "PodDisruptionBudget"):
            if known.find(kind, called, "valence") is None:
                yield f"{name(item)}: has no {kind}"


CHECKS = (restricted, workloads, selectors, ways_in, network, scaling)
