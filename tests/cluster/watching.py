"""A Prometheus outside of the cluster that watches it with the rules of components/monitoring.

It reads the pods' metrics through the API server, as often as kube-prometheus-stack would. Which
pods there are, and what kube-state-metrics would say of the objects, this process says: Debian's
Prometheus does not ask Kubernetes.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import kubernetes

from k8s.monitoring.alerts import GROUPS
from k8s.monitoring.series import SLOW_SECONDS, posts
from tests.cluster.cluster import DEPLOYMENTS, NAMESPACE, Cluster
from tests.support.prometheus import Prometheus, Target, serving
from tests.support.promtool import Rule

SCRAPE, EVALUATION = "15s", "30s"
HOUR = 60
PER_MINUTE = 60
"""Comments, in the history."""


@contextmanager
def prometheus(cluster: Cluster, folder: Path) -> Iterator[Prometheus]:
    """One with a history of comments, now and at this time yesterday."""
    groups: list[Rule] = [{"name": name, "rules": rules} for name, rules in GROUPS.items()]
    access: Any = kubernetes.client.Configuration()
    loader: Any = kubernetes.config
    loader.load_kube_config(os.environ["KUBECONFIG"], client_configuration=access)
    host = access.host.removeprefix("https://")
    with (
        serving(lambda: _kube_state(cluster)) as url,
        serving(lambda: _targets(cluster, host), "application/json") as targets,
        Prometheus(
            folder,
            [Target(url, {})],
            groups,
            _history(),
            jobs=[_job(targets, access)],
            scrape_interval=SCRAPE,
            evaluation_interval=EVALUATION,
        ) as running,
    ):
        yield running


def _kube_state(cluster: Cluster) -> str:
    """What the rules read, with kube-state-metrics' names."""
    lines = []
    for item in cluster.apps.list_namespaced_deployment(NAMESPACE).items:
        labels = f'namespace="{NAMESPACE}",deployment="{item.metadata.name}"'
        available = item.status.available_replicas or 0
        lines.append(f"kube_deployment_status_replicas_available{{{labels}}} {available}")
        lines += [
            f"kube_deployment_status_condition{{{labels},"
            f'condition="{condition.type}",status="{status}"}}'
            f" {int(condition.status.lower() == status)}"
            for condition in item.status.conditions or []
            for status in ("true", "false", "unknown")
        ]
    for item in cluster.autoscaling.list_namespaced_horizontal_pod_autoscaler(NAMESPACE).items:
        labels = f'namespace="{NAMESPACE}",horizontalpodautoscaler="{item.metadata.name}"'
        prefix, now = "kube_horizontalpodautoscaler", item.status.current_replicas or 0
        lines.append(f"{prefix}_status_current_replicas{{{labels}}} {now}")
        lines.append(f"{prefix}_spec_max_replicas{{{labels}}} {item.spec.max_replicas}")
    return "\n".join([*lines, ""])


def _history() -> str:
    """A quick comment each second, in the last two hours and in three hours of yesterday."""
    given = {"status": "201", "pod": "before"}
    now = int(time.time())
    minutes = [*range(-25 * HOUR, -22 * HOUR), *range(-2 * HOUR, 1)]
    lines = (
        f"{series} {(minute + 25 * HOUR) * PER_MINUTE} {now + 60 * minute}"
        for series in (posts("bucket", le=str(SLOW_SECONDS), **given), posts("count", **given))
        for minute in minutes
    )
    return "\n".join([*lines, "# EOF", ""])


def _targets(cluster: Cluster, host: str) -> str:
    """The metrics of all pods of both parts, with the labels that ServiceMonitors give."""
    found = []
    for part in DEPLOYMENTS:
        for pod in cluster.all_pods(part):
            [container, *_] = pod.spec.containers
            ports = [port.container_port for port in container.ports if port.name == "metrics"]
            if pod.status.pod_ip and pod.status.phase not in {"Succeeded", "Failed"}:
                name = pod.metadata.name
                path = f"/api/v1/namespaces/{NAMESPACE}/pods/{name}:{ports[0]}/proxy/metrics"
                labels = {"namespace": NAMESPACE, "service": f"{part}-metrics", "pod": name}
                found.append({"targets": [host], "labels": {**labels, "__metrics_path__": path}})
    return json.dumps(found)


def _job(url: str, access: Any) -> dict[str, Any]:
    """The configuration for targets that are listed at a URL."""
    return {
        "job_name": "pods",
        "scheme": "https",
        "tls_config": {
            "ca_file": access.ssl_ca_cert,
            "cert_file": access.cert_file,
            "key_file": access.key_file,
        },
        "http_sd_configs": [{"url": url, "refresh_interval": "5s"}],
    }
