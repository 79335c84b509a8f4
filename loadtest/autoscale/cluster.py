"""Reads the autoscaled workloads of a cluster from its API server."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import kubernetes
import urllib3
from kubernetes.utils import parse_quantity
from yaml import YAMLError

from loadtest.autoscale.result import Event, Sample, Settings, Workload
from loadtest.errors import LoadTestError, reason

TIMEOUT_SECONDS = 5


class Cluster:
    """The cluster of a kubeconfig, and one namespace in it."""

    def __init__(self, kubeconfig: Path | None, namespace: str) -> None:
        """
        Raises:
            LoadTestError: there is no such file, or it is no kubeconfig.
        """
        client: Any = kubernetes
        self._namespace = namespace
        configuration = client.client.Configuration()
        try:
            client.config.load_kube_config(
                str(kubeconfig) if kubeconfig else None, client_configuration=configuration
            )
        except (client.config.ConfigException, OSError, TypeError, ValueError, YAMLError) as error:
            first_line = str(error).partition("\n")[0]
            raise LoadTestError(
                f"no kubeconfig ({kubeconfig or 'default'}): {first_line}"
            ) from None
        configuration.retries = urllib3.Retry(0)
        self._host = configuration.host
        api = client.client.ApiClient(configuration)
        self._apps = client.client.AppsV1Api(api)
        self._core = client.client.CoreV1Api(api)
        self._scaling = client.client.AutoscalingV2Api(api)
        self._custom = client.client.CustomObjectsApi(api)
        self._version = client.client.VersionApi(api)

    def settings(self) -> dict[str, Settings]:
        """The settings of all workloads that are scaled by CPU, by name.

        Raises:
            LoadTestError: there are none, or the cluster does not answer.
        """
        with self._errors():
            settings = {}
            for item in self._list(self._scaling.list_namespaced_horizontal_pod_autoscaler):
                spec = item["spec"]
                name = spec["scaleTargetRef"]["name"]
                deployment = _json(self._apps.read_namespaced_deployment, name, self._namespace)
                containers = deployment["spec"]["template"]["spec"]["containers"]
                requests = [
                    each["resources"].get("requests", {}).get("cpu", "0") for each in containers
                ]
                targets = [
                    metric["resource"]["target"]["averageUtilization"]
                    for metric in spec["metrics"]
                    if metric.get("resource", {}).get("name") == "cpu"
                ]
                if targets:
                    settings[name] = Settings(
                        spec["minReplicas"],
                        spec["maxReplicas"],
                        targets[0],
                        sum(map(_quantity, requests)),
                        spec.get("behavior", {}),
                    )
        if not settings:
            raise LoadTestError(f"nothing in namespace {self._namespace} is scaled by its CPU")
        return settings

    def about(self) -> str:
        """The cluster's version and nodes, in words."""
        with self._errors():
            version = _json(self._version.get_code)["gitVersion"]
            nodes = _json(self._core.list_node)["items"]
        cores = sum(_quantity(node["status"]["capacity"]["cpu"]) for node in nodes)
        return f"Kubernetes {version}, nodes: {len(nodes)}, cores: {cores:g}"

    def sample(self, second: float) -> Sample | None:
        """The current state; None if the cluster does not answer."""
        try:
            with self._errors():
                scalers = self._list(self._scaling.list_namespaced_horizontal_pod_autoscaler)
                deployments = {
                    item["metadata"]["name"]: item
                    for item in self._list(self._apps.list_namespaced_deployment)
                }
                pods = self._list(self._core.list_namespaced_pod)
            usage = self._usage()
        except LoadTestError:
            return None
        scaled = {}
        for item in scalers:
            name = item["spec"]["scaleTargetRef"]["name"]
            labels = deployments[name]["spec"]["selector"]["matchLabels"].items()
            own = [pod for pod in pods if labels <= pod["metadata"].get("labels", {}).items()]
            names = {pod["metadata"]["name"] for pod in own}
            used = [usage[pod] for pod in names & usage.keys()]
            scaled[name] = Workload(
                desired=deployments[name]["spec"]["replicas"],
                ready=deployments[name]["status"].get("readyReplicas", 0),
                utilisation=_utilisation(item),
                cpu=round(sum(cpu for cpu, _ in used), 4) if used else None,
                memory_mb=round(sum(memory for _, memory in used) / 1e6, 1) if used else None,
                restarts=sum(
                    status["restartCount"]
                    for pod in own
                    for status in pod["status"].get("containerStatuses", [])
                ),
            )
        return Sample(round(second, 2), scaled)

    def events(self, since: float) -> list[Event]:
        """The events since a time (seconds since 1970), with times relative to it."""
        with self._errors():
            items = self._list(self._core.list_namespaced_event)
        events = []
        for item in items:
            at = item.get("lastTimestamp") or item.get("eventTime")
            second = datetime.fromisoformat(at).timestamp() - since if at else -1.0
            if second >= 0:
                about = f"{item['involvedObject']['kind']} {item['involvedObject']['name']}"
                events.append(
                    Event(
                        round(second, 1),
                        about,
                        item.get("reason", ""),
                        item.get("message", ""),
                        item.get("count") or 1,
                    )
                )
        return sorted(events, key=lambda event: event.second)

    def _usage(self) -> dict[str, tuple[float, float]]:
        """Cores and bytes by pod; empty if there is no metrics.k8s.io."""
        try:
            items = self._custom.list_namespaced_custom_object(
                "metrics.k8s.io", "v1beta1", self._namespace, "pods",
                _request_timeout=TIMEOUT_SECONDS,
            )["items"]  # fmt: skip
        except (kubernetes.client.ApiException, urllib3.exceptions.HTTPError):
            return {}
        return {
            item["metadata"]["name"]: (
                sum(_quantity(each["usage"]["cpu"]) for each in item["containers"]),
                sum(_quantity(each["usage"]["memory"]) for each in item["containers"]),
            )
            for item in items
        }

    def _list(self, call: Callable[..., Any]) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = _json(call, self._namespace)["items"]
        return items

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except kubernetes.client.ApiException as error:
            raise LoadTestError(f"{self._host} refused: {error.status} {error.reason}") from None
        except urllib3.exceptions.HTTPError as error:
            raise LoadTestError(f"{self._host} cannot be reached: {reason(error)}") from None


def _quantity(text: str) -> float:
    return float(parse_quantity(text))  # type: ignore[no-untyped-call]


def _json(call: Callable[..., Any], *arguments: str) -> Any:
    # Without the client's classes: creating them takes longer than what is measured beside it.
    answer = call(*arguments, _preload_content=False, _request_timeout=TIMEOUT_SECONDS)
    return json.loads(answer.data)


def _utilisation(scaler: dict[str, Any]) -> int | None:
    for metric in scaler.get("status", {}).get("currentMetrics") or []:
        if metric and metric.get("resource", {}).get("name") == "cpu":
            utilisation: int | None = metric["resource"]["current"].get("averageUtilization")
            return utilisation
    return None
