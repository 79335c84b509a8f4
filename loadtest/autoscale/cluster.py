"""What a cluster says of its autoscaled workloads."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import kubernetes
import msgspec
import urllib3
from yaml import YAMLError

from loadtest.errors import LoadTestError

TIMEOUT_SECONDS = 5
_UNITS = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "Ki": 2**10, "Mi": 2**20,
          "Gi": 2**30, "M": 1e6, "G": 1e9}  # fmt: skip


class Settings(msgspec.Struct, frozen=True):
    """How a workload is scaled."""

    least: int
    most: int
    target: int
    """Per cent of the CPU that its pods ask for."""
    cpu: float
    """Cores that a pod asks for."""
    behaviour: dict[str, Any]
    """As the HorizontalPodAutoscaler has it."""


class Workload(msgspec.Struct, frozen=True):
    """One Deployment at one moment; None is what the cluster did not know."""

    desired: int
    ready: int
    utilisation: int | None
    """Per cent of the CPU asked for, as the autoscaler sees it."""
    cpu: float | None
    """Cores that all pods use, by metrics.k8s.io."""
    memory_mb: float | None
    """10^6 bytes that all pods use."""
    restarts: int


class Sample(msgspec.Struct, frozen=True):
    """All of them, so many seconds after the start of the load."""

    second: float
    scaled: dict[str, Workload]


class Event(msgspec.Struct, frozen=True):
    """What Kubernetes reported meanwhile."""

    second: float
    about: str
    reason: str
    message: str
    count: int


class Cluster:
    """The cluster of a kubeconfig, and one namespace in it."""

    def __init__(self, kubeconfig: Path | None, namespace: str) -> None:
        """
        Raises:
            LoadTestError: there is no such file, or it is none.
        """
        client: Any = kubernetes
        self._namespace = namespace
        configuration = client.client.Configuration()
        try:
            client.config.load_kube_config(
                str(kubeconfig) if kubeconfig else None, client_configuration=configuration
            )
        except (client.config.ConfigException, OSError, TypeError, ValueError, YAMLError) as error:
            reason = str(error).partition("\n")[0]
            raise LoadTestError(f"no kubeconfig ({kubeconfig or 'default'}): {reason}") from None
        configuration.retries = urllib3.Retry(0)
        self._where = configuration.host
        api = client.client.ApiClient(configuration)
        self._apps = client.client.AppsV1Api(api)
        self._core = client.client.CoreV1Api(api)
        self._scaling = client.client.AutoscalingV2Api(api)
        self._custom = client.client.CustomObjectsApi(api)
        self._version = client.client.VersionApi(api)

    def settings(self) -> dict[str, Settings]:
        """By the name of what is scaled.

        Raises:
            LoadTestError: nothing is scaled there by CPU, or the cluster does not answer.
        """
        with self._asking():
            found = {}
            for item in self._list(self._scaling.list_namespaced_horizontal_pod_autoscaler):
                spec = item["spec"]
                name = spec["scaleTargetRef"]["name"]
                deployment = _json(self._apps.read_namespaced_deployment, name, self._namespace)
                containers = deployment["spec"]["template"]["spec"]["containers"]
                asked = [
                    each["resources"].get("requests", {}).get("cpu", "0") for each in containers
                ]
                targets = [
                    metric["resource"]["target"]["averageUtilization"]
                    for metric in spec["metrics"]
                    if metric.get("resource", {}).get("name") == "cpu"
                ]
                if targets:
                    found[name] = Settings(
                        spec["minReplicas"],
                        spec["maxReplicas"],
                        targets[0],
                        sum(map(quantity, asked)),
                        spec.get("behavior", {}),
                    )
        if not found:
            raise LoadTestError(f"nothing in namespace {self._namespace} is scaled by its CPU")
        return found

    def about(self) -> str:
        """Its version and its nodes."""
        with self._asking():
            version = _json(self._version.get_code)["gitVersion"]
            nodes = _json(self._core.list_node)["items"]
        cores = sum(quantity(node["status"]["capacity"]["cpu"]) for node in nodes)
        return f"Kubernetes {version}, nodes: {len(nodes)}, cores: {cores:g}"

    def sample(self, second: float) -> Sample | None:
        """What is now; None if the cluster does not answer."""
        try:
            with self._asking():
                scalers = self._list(self._scaling.list_namespaced_horizontal_pod_autoscaler)
                deployments = {
                    item["metadata"]["name"]: item
                    for item in self._list(self._apps.list_namespaced_deployment)
                }
                pods = self._list(self._core.list_namespaced_pod)
            used = self._used()
        except LoadTestError:
            return None
        scaled = {}
        for item in scalers:
            name = item["spec"]["scaleTargetRef"]["name"]
            labels = deployments[name]["spec"]["selector"]["matchLabels"].items()
            own = [pod for pod in pods if labels <= pod["metadata"].get("labels", {}).items()]
            names = {pod["metadata"]["name"] for pod in own}
            usage = [used[pod] for pod in names & used.keys()]
            scaled[name] = Workload(
                desired=deployments[name]["spec"]["replicas"],
                ready=deployments[name]["status"].get("readyReplicas", 0),
                utilisation=_utilisation(item),
                cpu=round(sum(cpu for cpu, _ in usage), 4) if usage else None,
                memory_mb=round(sum(memory for _, memory in usage) / 1e6, 1) if usage else None,
                restarts=sum(
                    status["restartCount"]
                    for pod in own
                    for status in pod["status"].get("containerStatuses", [])
                ),
            )
        return Sample(round(second, 2), scaled)

    def events(self, since: float) -> list[Event]:
        """Those from then on (seconds since 1970), times relative to it."""
        with self._asking():
            items = self._list(self._core.list_namespaced_event)
        found = []
        for item in items:
            at = item.get("lastTimestamp") or item.get("eventTime")
            second = datetime.fromisoformat(at).timestamp() - since if at else -1.0
            if second >= 0:
                about = f"{item['involvedObject']['kind']} {item['involvedObject']['name']}"
                found.append(
                    Event(
                        round(second, 1),
                        about,
                        item.get("reason", ""),
                        item.get("message", ""),
                        item.get("count") or 1,
                    )
                )
        return sorted(found, key=lambda event: event.second)

    def _used(self) -> dict[str, tuple[float, float]]:
        """Cores and bytes, by pod; empty where there is no metrics.k8s.io."""
        try:
            items = self._custom.list_namespaced_custom_object(
                "metrics.k8s.io", "v1beta1", self._namespace, "pods",
                _request_timeout=TIMEOUT_SECONDS,
            )["items"]  # fmt: skip
        except (kubernetes.client.ApiException, urllib3.exceptions.HTTPError):
            return {}
        return {
            item["metadata"]["name"]: (
                sum(quantity(each["usage"]["cpu"]) for each in item["containers"]),
                sum(quantity(each["usage"]["memory"]) for each in item["containers"]),
            )
            for item in items
        }

    def _list(self, call: Callable[..., Any]) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = _json(call, self._namespace)["items"]
        return items

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except kubernetes.client.ApiException as error:
            raise LoadTestError(f"{self._where} refused: {error.status} {error.reason}") from None
        except urllib3.exceptions.HTTPError as error:
            reason = str(getattr(error, "reason", error)).rpartition(": ")[2]
            raise LoadTestError(f"{self._where} cannot be reached: {reason}") from None


def quantity(text: str) -> float:
    """A Kubernetes quantity as a number: 250m is 0.25.

    Raises:
        KeyError: its unit is unknown.
    """
    number = text.rstrip("numkKMGi")
    return float(number) * _UNITS[text[len(number) :]]


def _json(call: Callable[..., Any], *arguments: str) -> Any:
    # Without the client's classes, whose making takes longer than what is measured beside it.
    answer = call(*arguments, _preload_content=False, _request_timeout=TIMEOUT_SECONDS)
    return json.loads(answer.data)


def _utilisation(scaler: dict[str, Any]) -> int | None:
    for metric in scaler.get("status", {}).get("currentMetrics") or []:
        if metric and metric.get("resource", {}).get("name") == "cpu":
            found: int | None = metric["resource"]["current"].get("averageUtilization")
            return found
    return None
