"""What the tests do with the cluster."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import kubernetes
from kubernetes.stream import stream

from processes import Process, free_port, listens

NAMESPACE = "valence"
KUBECTL = str(Path(sys.executable).with_name("kubectl"))
DEPLOYMENTS = ("gateway", "bento")


class Cluster:
    """The cluster that KUBECONFIG names, with an overlay applied."""

    def __init__(self) -> None:
        client: Any = kubernetes  # its types know neither patches by dictionaries nor what is set
        client.config.load_kube_config(os.environ["KUBECONFIG"])
        client = client.client
        self.core: Any = client.CoreV1Api()
        self.apps: Any = client.AppsV1Api()
        self.policy: Any = client.PolicyV1Api()
        self.autoscaling: Any = client.AutoscalingV2Api()
        self.network: Any = client.NetworkingV1Api()

    def pods(self, name: str) -> list[Any]:
        """The pods of a name that are not about to end."""
        return [pod for pod in self.all_pods(name) if not pod.metadata.deletion_timestamp]

    def all_pods(self, name: str) -> list[Any]:
        """The pods of a name, and those that are about to end."""
        found: list[Any] = self.core.list_namespaced_pod(
            NAMESPACE, label_selector=f"app.kubernetes.io/name={name}"
        ).items
        return found

    def ready(self, name: str) -> list[Any]:
        return [
            pod
            for pod in self.pods(name)
            if any(
                condition.type == "Ready" and condition.status == "True"
                for condition in pod.status.conditions or []
            )
        ]

    def deployment(self, name: str) -> Any:
        return self.apps.read_namespaced_deployment(name, NAMESPACE)

    def rolled_out(self, name: str) -> bool:
        """Whether all pods are of the newest kind and available."""
        found = self.deployment(name)
        status, wanted = found.status, found.spec.replicas
        return bool(
            status.observed_generation >= found.metadata.generation
            and status.updated_replicas == status.replicas == status.available_replicas == wanted
        )

    def patch_template(self, name: str, template: dict[str, Any]) -> None:
        self.apps.patch_namespaced_deployment(name, NAMESPACE, {"spec": {"template": template}})

    def restart(self, name: str) -> None:
        """As `kubectl rollout restart` does it."""
        now = dt.datetime.now(dt.UTC).isoformat()
        annotation = {"kubectl.kubernetes.io/restartedAt": now}
        self.patch_template(name, {"metadata": {"annotations": annotation}})

    def set_tag(self, name: str, tag: str) -> None:
        image = self.image(name).rpartition(":")[0]
        self.patch_template(
            name, {"spec": {"containers": [{"name": name, "image": f"{image}:{tag}"}]}}
        )

    def image(self, name: str) -> str:
        return str(self.deployment(name).spec.template.spec.containers[0].image)

    def delete_pod(self, name: str) -> None:
        self.core.delete_namespaced_pod(self.ready(name)[0].metadata.name, NAMESPACE)

    def evict_all(self, name: str) -> None:
        """As a drained node would: each pod, as soon as the disruption budget allows it."""
        for pod in self.pods(name):
            eviction = kubernetes.client.V1Eviction(
                metadata=kubernetes.client.V1ObjectMeta(name=pod.metadata.name)
            )

            def evicted(victim: str = pod.metadata.name, body: Any = eviction) -> bool:
                try:
                    self.core.create_namespaced_pod_eviction(victim, NAMESPACE, body)
                except kubernetes.client.ApiException as error:
                    if error.status == 404:
                        return True
                    if error.status != 429:  # what a budget answers
                        raise
                    return False
                return True

            wait(f"{pod.metadata.name} may be evicted", evicted, seconds=120)

    def python(self, pod: str, code: str) -> str:
        """What a program prints in a pod, which has Python and no shell."""
        return str(
            stream(
                self.core.connect_get_namespaced_pod_exec,
                pod,
                NAMESPACE,
                command=["/usr/bin/python3", "-c", code],
                stdout=True,
                stderr=True,
                stdin=False,
                tty=False,
            )
        )

    def autoscaler(self, name: str) -> Any:
        return self.autoscaling.read_namespaced_horizontal_pod_autoscaler(name, NAMESPACE)

    def generations(self) -> dict[str, int]:
        """How often what is wanted of each workload has changed."""
        found = [
            *self.apps.list_namespaced_deployment(NAMESPACE).items,
            *self.apps.list_namespaced_stateful_set(NAMESPACE).items,
            *self.network.list_namespaced_network_policy(NAMESPACE).items,
            *self.network.list_namespaced_ingress(NAMESPACE).items,
            *self.policy.list_namespaced_pod_disruption_budget(NAMESPACE).items,
        ]
        return {item.metadata.uid: item.metadata.generation for item in found}

    def utilization(self, name: str) -> int | None:
        """Per cent of the requested CPU, as the autoscaler sees it."""
        for metric in self.autoscaler(name).status.current_metrics or []:
            if metric.resource and metric.resource.current.average_utilization is not None:
                return int(metric.resource.current.average_utilization)
        return None

    def settle(self) -> None:
        """Wait until every Deployment is as it should be."""
        for name in DEPLOYMENTS:
            wait(f"{name} is rolled out", functools.partial(self.rolled_out, name), seconds=180)

    @contextlib.contextmanager
    def dynamodb(self) -> Iterator[Any]:
        """A client of the DynamoDB Local in the cluster."""
        port = free_port()
        command = [KUBECTL, "-n", NAMESPACE, "port-forward", "service/dynamodb", f"{port}:8000"]
        with Process("port-forward", command, output=subprocess.DEVNULL) as process:
            process.wait_until(lambda: listens(port), seconds=30)
            yield boto3.client(
                "dynamodb",
                endpoint_url=f"http://127.0.0.1:{port}",
                region_name="us-east-1",
                aws_access_key_id="local",
                aws_secret_access_key="local",
            )

    def stored(self, ids: set[str]) -> set[str]:
        """Those of the ids that the table has."""
        found: set[str] = set()
        with self.dynamodb() as client:
            waiting = sorted(ids)
            while waiting:
                keys = [{"comment_id": {"S": item}} for item in waiting[:100]]
                answer = client.batch_get_item(
                    RequestItems={
                        "comments": {
                            "Keys": keys,
                            "ConsistentRead": True,
                            "ProjectionExpression": "comment_id",
                        }
                    }
                )
                got = {item["comment_id"]["S"] for item in answer["Responses"]["comments"]}
                found |= got
                again = answer["UnprocessedKeys"].get("comments", {}).get("Keys", [])
                waiting = waiting[100:] + [key["comment_id"]["S"] for key in again]
        return found

    def state(self) -> Iterator[tuple[str, str]]:
        """What helps to understand a failure: pods, events and the ends of the logs."""
        for what in ("pods", "hpa", "events"):
            order = ["--sort-by=.lastTimestamp"] if what == "events" else ["-o", "wide"]
            command = [KUBECTL, "-n", NAMESPACE, "get", what, *order]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            yield what, "\n".join((done.stdout + done.stderr).splitlines()[-60:])
        for name in (*DEPLOYMENTS, "dynamodb"):
            selector = f"app.kubernetes.io/name={name}"
            command = [KUBECTL, "-n", NAMESPACE, "logs", "-l", selector, "--prefix", "--tail=20"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            yield f"logs of {name}", done.stdout + done.stderr


def wait(what: str, ready: Callable[[], object], *, seconds: float) -> None:
    """
    Raises:
        AssertionError: it is not so within the time.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, f"expected within {seconds:.0f} s: {what}"
        time.sleep(0.5)
