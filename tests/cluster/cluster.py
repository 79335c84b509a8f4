"""The cluster under test: its objects, changes to them, and waiting for them."""

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
CANARY = "bento-canary"
"""A Deployment that there is only while a test has it."""
OVERLAY = Path("k8s/overlays") / os.environ.get("OVERLAY", "kind")


class Cluster:
    """The cluster that KUBECONFIG names, with an overlay applied."""

    def __init__(self) -> None:
        client: Any = (
            kubernetes  # its types know neither patches by dictionaries nor optional fields
        )
        client.config.load_kube_config(os.environ["KUBECONFIG"])
        client = client.client
        self.core: Any = client.CoreV1Api()
        self.apps: Any = client.AppsV1Api()
        self.policy: Any = client.PolicyV1Api()
        self.autoscaling: Any = client.AutoscalingV2Api()
        self.network: Any = client.NetworkingV1Api()

    def pods(self, name: str) -> list[Any]:
        """The pods of a name that are not terminating."""
        return [pod for pod in self.all_pods(name) if not pod.metadata.deletion_timestamp]

    def all_pods(self, name: str) -> list[Any]:
        """The pods of a name, terminating ones included."""
        selector = f"app.kubernetes.io/name={name}"
        return list(self.core.list_namespaced_pod(NAMESPACE, label_selector=selector).items)

    def ready(self, name: str) -> list[Any]:
        """The pods of a name that are Ready and not terminating."""
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
        """Whether all pods have the newest template and are available."""
        deployment = self.deployment(name)
        status, replicas = deployment.status, deployment.spec.replicas
        return bool(
            status.observed_generation >= deployment.metadata.generation
            and status.updated_replicas == status.replicas == status.available_replicas == replicas
            # A deleted pod is seen here at once, but in the status only after a while.
            and len(self.ready(name)) == replicas
        )

    def patch_template(self, name: str, template: dict[str, Any]) -> None:
        self.apps.patch_namespaced_deployment(name, NAMESPACE, {"spec": {"template": template}})

    def restart(self, name: str) -> None:
        """Do what `kubectl rollout restart` does."""
        now = dt.datetime.now(dt.UTC).isoformat()
        annotation = {"kubectl.kubernetes.io/restartedAt": now}
        self.patch_template(name, {"metadata": {"annotations": annotation}})

    def set_tag(self, name: str, tag: str) -> None:
        """Roll out another tag of the image."""
        image = self.image(name).rpartition(":")[0]
        self.patch_template(
            name, {"spec": {"containers": [{"name": name, "image": f"{image}:{tag}"}]}}
        )

    def image(self, name: str) -> str:
        return str(self.deployment(name).spec.template.spec.containers[0].image)

    def delete_pod(self, name: str) -> None:
        """Delete one of the pods of a name."""
        self.core.delete_namespaced_pod(self.ready(name)[0].metadata.name, NAMESPACE)

    def evict_all(self, name: str) -> None:
        """Evict each pod as soon as the disruption budget allows it, as draining nodes does."""
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
                    if error.status != 429:  # the disruption budget does not allow it yet
                        raise
                    return False
                return True

            wait(f"{pod.metadata.name} may be evicted", evicted, seconds=120)

    def python(self, pod: str, code: str) -> str:
        """Run a program in a pod, which has Python and no shell; returns its output.

        It should not print JSON, which the client may return in Python's notation.
        """
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

    def specifications(self) -> dict[str, Any]:
        """What each object is to be, by its uid; without what autoscalers set."""
        deployments = self.apps.list_namespaced_deployment(NAMESPACE).items
        for deployment in deployments:
            deployment.spec.replicas = None
        objects = [
            *deployments,
            *self.apps.list_namespaced_stateful_set(NAMESPACE).items,
            *self.network.list_namespaced_network_policy(NAMESPACE).items,
            *self.network.list_namespaced_ingress(NAMESPACE).items,
            *self.policy.list_namespaced_pod_disruption_budget(NAMESPACE).items,
        ]
        return {item.metadata.uid: item.spec.to_dict() for item in objects}

    def utilization(self, name: str) -> int | None:
        """CPU use in per cent of the request, as the autoscaler sees it; None if unknown."""
        for metric in self.autoscaler(name).status.current_metrics or []:
            if metric.resource and metric.resource.current.average_utilization is not None:
                return int(metric.resource.current.average_utilization)
        return None

    def settle(self) -> None:
        """Wait until every Deployment is rolled out."""
        for name in DEPLOYMENTS:
            wait(f"{name} is rolled out", functools.partial(self.rolled_out, name), seconds=180)

    @contextlib.contextmanager
    def without_pods(self, kind: str, name: str) -> Iterator[None]:
        """A `deployment` or a `stateful_set` that has no pods, while the context lasts."""
        scale = getattr(self.apps, f"patch_namespaced_{kind}_scale")
        wanted = getattr(self.apps, f"read_namespaced_{kind}")(name, NAMESPACE).spec.replicas
        scale(name, NAMESPACE, {"spec": {"replicas": 0}})
        try:
            wait(f"{name} is gone", lambda: not self.all_pods(name), seconds=90)
            yield
        finally:
            scale(name, NAMESPACE, {"spec": {"replicas": wanted}})
            wait(f"{name} is ready", lambda: len(self.ready(name)) >= wanted, seconds=120)

    @contextlib.contextmanager
    def dynamodb(self) -> Iterator[Any]:
        """A client of DynamoDB Local in the cluster."""
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

    def state(self) -> Iterator[tuple[str, str]]:
        """Pods, events and the ends of the logs, to explain a failure."""
        for what in ("pods", "hpa", "events"):
            order = ["--sort-by=.lastTimestamp"] if what == "events" else ["-o", "wide"]
            command = [KUBECTL, "-n", NAMESPACE, "get", what, *order]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            yield what, "\n".join((done.stdout + done.stderr).splitlines()[-60:])
        for name in (*DEPLOYMENTS, CANARY, "dynamodb"):
            selector = f"app.kubernetes.io/name={name}"
            command = [KUBECTL, "-n", NAMESPACE, "logs", "-l", selector, "--prefix", "--tail=20"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            yield f"logs of {name}", done.stdout + done.stderr


def kubectl(*arguments: str) -> str:
    """Run kubectl; returns what it prints.

    Raises:
        AssertionError: it failed.
    """
    done = subprocess.run([KUBECTL, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def wait(what: str, ready: Callable[[], object], *, seconds: float) -> None:
    """Wait until `ready` returns something true; `what` describes it.

    Raises:
        AssertionError: it did not within the time.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, f"expected within {seconds:.0f} s: {what}"
        time.sleep(0.5)
