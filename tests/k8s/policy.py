"""The rules that the rendered objects of each installation must follow, as checks that yield
violations. The API server would reject few: it accepts a Service that selects nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tests.k8s import flows
from tests.k8s.manifests import (
    WORKLOADS,
    Objects,
    containers,
    namespace_of,
    port_names,
    selects,
    title,
)
from tests.k8s.rendering import Object

# What strangers may ask for, with Ingress path types. The probes and the metrics are not among it.
PUBLIC_PATHS = {
    **dict.fromkeys(["/", "/docs", "/openapi.json", "/statistics"], "Exact"),
    **dict.fromkeys(["/comments", "/service/Comprehend_20171127/operation", "/static"], "Prefix"),
}
CANARY = "bento-canary"
LOAD_TESTS = {"loadtest-master", "loadtest-worker"}
ALLOWED_VOLUMES = {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}


def violations(items: Iterable[Object]) -> list[str]:
    """A line for each violation of a rule."""
    known = Objects(items)
    return [violation for check in CHECKS for violation in check(known)]


def restricted(known: Objects) -> Iterator[str]:
    """Pod Security Standards, profile restricted, and a read-only root.

    https://kubernetes.io/docs/concepts/security/pod-security-standards/
    """
    for item in known.of("Namespace"):
        for mode in ("enforce", "warn", "audit"):
            if item["metadata"]["labels"].get(f"pod-security.kubernetes.io/{mode}") != "restricted":
                yield f"{title(item)}: does not {mode} restricted"
    for item in known.of(*WORKLOADS):
        pod = item["spec"]["template"]["spec"]
        if {"hostNetwork", "hostPID", "hostIPC"} & pod.keys():
            yield f"{title(item)}: shares a namespace of the host"
        for volume in pod.get("volumes", []):
            if not volume.keys() - {"name"} <= ALLOWED_VOLUMES:
                yield f"{title(item)}: volume {volume['name']} is of a type that is not allowed"
        if not pod.get("securityContext", {}).get("runAsUser", 0) >= 1000:
            yield f"{title(item)}: does not run as a numeric user"
        for container in containers(item["spec"]["template"]):
            context: Object = container.get("securityContext", {})
            required: dict[str, Any] = {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": True,
                "runAsNonRoot": True,
                "seccompProfile": {"type": "RuntimeDefault"},
            }
            if context != required:
                yield f"{title(item)}: securityContext is not {required}"
            if any("hostPort" in port for port in container.get("ports", [])):
                yield f"{title(item)}: uses a port of the host"


def workloads(known: Objects) -> Iterator[str]:
    """Probes, resources and images are set; pods get no needless access to Kubernetes."""
    for item in known.of(*WORKLOADS):
        pod = item["spec"]["template"]
        if pod["spec"].get("enableServiceLinks") is not False:
            yield f"{title(item)}: Services become environment variables, like settings"
        account = known.find(
            "ServiceAccount", pod["spec"]["serviceAccountName"], namespace_of(item)
        )
        if account is None:
            yield f"{title(item)}: its ServiceAccount does not exist"
        elif namespace_of(item) == "valence" and (
            account.get("automountServiceAccountToken") is not False
            or pod["spec"].get("automountServiceAccountToken") is not False
        ):
            yield f"{title(item)}: gets a token for the Kubernetes API"
        for container in containers(pod):
            resources = container.get("resources", {})
            if resources.get("requests", {}).keys() != {"cpu", "memory"}:
                yield f"{title(item)}: does not request CPU and memory"
            if resources.get("limits", {}).keys() != {"memory"}:
                yield f"{title(item)}: must have a memory limit and no other"
            _, _, tag = container["image"].rpartition("/")[2].partition(":")
            if "@sha256:" not in container["image"] and tag in {"", "latest"}:
                yield f"{title(item)}: image {container['image']} has no tag of its own"
            if container.get("terminationMessagePolicy") != "FallbackToLogsOnError":
                yield f"{title(item)}: `kubectl describe` does not show why it ended"
            yield from _references(known, item, container)
            if item["kind"] == "Job" or container in pod["spec"].get("initContainers", []):
                continue
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                action = container.get(probe, {})
                target = action.get("httpGet") or action.get("tcpSocket") or {}
                if target.get("port") not in port_names(pod):
                    yield f"{title(item)}: {probe} uses no port of the pod"
                if probe == "livenessProbe" and target.get("path") == "/readyz":
                    yield f"{title(item)}: the liveness probe depends on other services"


def _references(known: Objects, item: Object, container: Object) -> Iterator[str]:
    for source in container.get("envFrom", []):
        reference = source["configMapRef"]["name"]
        if known.find("ConfigMap", reference, namespace_of(item)) is None:
            yield f"{title(item)}: ConfigMap {reference} does not exist"
    spec = item["spec"]
    volumes = {volume["name"] for volume in spec["template"]["spec"].get("volumes", [])}
    volumes |= {claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", [])}
    for mount in container.get("volumeMounts", []):
        if mount["name"] not in volumes:
            yield f"{title(item)}: volume {mount['name']} does not exist"


def kind(labels: dict[str, str]) -> str:
    """What pods of these labels are; those of a canary are what the stable ones are."""
    return labels.get("app.kubernetes.io/component") or labels["app.kubernetes.io/name"]


def selectors(known: Objects) -> Iterator[str]:
    """Every selector matches exactly the pods or Services that it is meant for."""
    for item in known.of("Deployment", "StatefulSet"):
        labels = item["spec"]["template"]["metadata"]["labels"]
        used = [item["spec"]["selector"]]
        spread = item["spec"]["template"]["spec"].get("topologySpreadConstraints", [])
        used += [constraint["labelSelector"] for constraint in spread]
        if not all(selector and selects(selector, labels) for selector in used):
            yield f"{title(item)}: a selector does not match its own pods"
        elif len(known.pods(namespace_of(item), item["spec"]["selector"])) != 1:
            # An autoscaler would count them.
            yield f"{title(item)}: selects the pods of another one as well"
    for item in known.of("PodDisruptionBudget"):
        # A pod with two budgets cannot be evicted at all.
        pods = known.pods(namespace_of(item), item["spec"]["selector"])
        if len(pods) != 1:
            yield f"{title(item)}: is the budget of {len(pods)} kinds of pod"
    for item in known.of("Service"):
        pods = known.pods(namespace_of(item), {"matchLabels": item["spec"]["selector"]})
        kinds = {kind(pod["metadata"]["labels"]) for pod in pods}
        if len(kinds) != 1:
            yield f"{title(item)}: selects {len(kinds)} kinds of pod"
        for port in item["spec"]["ports"]:
            if any(port["targetPort"] not in port_names(pod) for pod in pods):
                yield f"{title(item)}: port {port['name']} is no port of the pod"
    for item in known.of("ServiceMonitor"):
        services = [
            service
            for service in known.of("Service")
            if namespace_of(service) == namespace_of(item)
            and selects(item["spec"]["selector"], service["metadata"].get("labels", {}))
        ]
        if len(services) != 1:
            yield f"{title(item)}: selects {len(services)} Services"
        for endpoint in item["spec"]["endpoints"]:
            for service in services:
                if endpoint["port"] not in {port["name"] for port in service["spec"]["ports"]}:
                    yield f"{title(item)}: no port {endpoint['port']}"


def ways_in(known: Objects) -> Iterator[str]:
    """Only the gateway's port for requests can be reached from outside."""
    for item in known.of("Service"):
        if namespace_of(item) == "valence" and item["spec"].get("type", "ClusterIP") != "ClusterIP":
            yield f"{title(item)}: can be reached from outside"
    for item in known.of("Ingress"):
        paths = [path for rule in item["spec"]["rules"] for path in rule["http"]["paths"]]
        backend = {"service": {"name": "gateway", "port": {"name": "http"}}}
        if "defaultBackend" in item["spec"] or any(path["backend"] != backend for path in paths):
            yield f"{title(item)}: does not lead to the gateway alone"
        if {path["path"]: path["pathType"] for path in paths} != PUBLIC_PATHS:
            yield f"{title(item)}: has other paths than the public ones"
        gateway = known.find("Service", "gateway", namespace_of(item))
        if not gateway or [port["name"] for port in gateway["spec"]["ports"]] != ["http"]:
            yield f"{title(item)}: the gateway's Service has other ports than http"


def applies(known: Objects) -> Iterator[str]:
    """An apply that corrects a mistake is accepted, and what it replaces can be found."""
    for item in known.of("Job"):
        # A load test is started by hand, and deleted before another one.
        if item["metadata"]["labels"]["app.kubernetes.io/name"] not in LOAD_TESTS:
            yield f"{title(item)}: cannot be changed, so that a correcting apply would be refused"
    for item in known.of("ConfigMap"):
        # A new name with each change; `kubectl apply --prune` finds the old ones by the label.
        if item["metadata"].get("labels", {}).get("app.kubernetes.io/part-of") != "valence":
            yield f"{title(item)}: cannot be pruned, as it lacks the label part-of"


def scaling(known: Objects) -> Iterator[str]:
    """Each of our Deployments is scaled by its autoscaler alone and survives the loss of a pod."""
    for item in known.of("HorizontalPodAutoscaler"):
        target = item["spec"]["scaleTargetRef"]
        if known.find(target["kind"], target["name"], namespace_of(item)) is None:
            yield f"{title(item)}: its target does not exist"
        if item["spec"]["minReplicas"] < 2:
            yield f"{title(item)}: allows a single pod"
    for item in known.of("Deployment"):
        if namespace_of(item) != "valence":
            continue
        if item["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] != 0:
            yield f"{title(item)}: a rollout removes pods before there are new ones"
        if item["metadata"]["name"] == CANARY:
            # Its share of the comments is set by hand, and others answer if it goes.
            if "replicas" not in item["spec"]:
                yield f"{title(item)}: does not say how many pods it has"
            continue
        if "replicas" in item["spec"]:
            yield f"{title(item)}: sets its replicas, which the autoscaler does"
        for kind in ("HorizontalPodAutoscaler", "PodDisruptionBudget"):
            if known.find(kind, item["metadata"]["name"], "valence") is None:
                yield f"{title(item)}: has no {kind}"


def permissions(known: Objects) -> Iterator[str]:
    """Nobody may change anything but an Ingress's status, or read Secrets in all namespaces."""
    for item in known.of("Role", "ClusterRole"):
        for rule in item["rules"]:
            resources = {*rule["resources"]}
            may_report = resources == {"ingresses/status"} and rule["verbs"] == ["update"]
            if not may_report and not {*rule["verbs"]} <= {"list", "watch"}:
                yield f"{title(item)}: allows more than to list and to watch"
            if "*" in resources or (item["kind"] == "ClusterRole" and "secrets" in resources):
                yield f"{title(item)}: allows to read Secrets of all namespaces"


CHECKS = (
    restricted,
    workloads,
    selectors,
    ways_in,
    applies,
    *flows.CHECKS,
    scaling,
    permissions,
)
