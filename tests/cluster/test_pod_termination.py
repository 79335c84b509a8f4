"""A terminating pod still serves clients that do not know of its end yet, because of preStop.

An Ingress controller on the same node learns of a pod's end within a moment and tries another pod
when a connection is refused, so it does not need preStop. Therefore these requests come from a
client that learns late and never retries. Without preStop the same client loses some requests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.cluster import stale_client
from tests.cluster.cluster import NAMESPACE, Cluster, wait
from tests.cluster.figures import record
from tests.cluster.restricted_pod import restricted_pod

pytestmark = pytest.mark.timeout(900)

PER_SECOND = 10


class Case(NamedTuple):
    """The requests, and how late the client learns of a pod's end."""

    late_seconds: int
    url: str
    body: dict[str, Any]


CASES = {
    # Later than preStop alone allows (10 s), but before the end of the drain that follows (5 s).
    "gateway": Case(12, "http://{}:8000/comments", {"comment": "A good day to leave."}),
    # The time that cluster DNS lets an answer be cached.
    "bento": Case(30, "http://{}:3000/classify", {"texts": ["A good day to leave."]}),
}


class StaleClient:
    """The program, while it runs in a pod."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def report(self) -> dict[str, Any]:
        """The newest report; zeros as long as there is none."""
        log = self._cluster.core.read_namespaced_pod_log(
            "stale-client", NAMESPACE, tail_lines=1, _preload_content=False
        ).data
        report: dict[str, Any] = json.loads(log) if log else {"sent": 0, "addresses": []}
        return report

    def failed(self) -> dict[str, int]:
        """The number of failures by cause, among the requests sent until now."""
        sent = self.report()["sent"]

        def all_ended() -> bool:
            now = self.report()
            return bool(now["answered"] + sum(now["failed"].values()) >= sent)

        wait("every request has ended", all_ended, seconds=30)
        failed: dict[str, int] = self.report()["failed"]
        return failed


@contextmanager
def run_stale_client(cluster: Cluster, name: str) -> Iterator[StaleClient]:
    """A stale client of the pods of a name; network policies let it in."""
    case = CASES[name]
    environment = {
        "HOST": "stale-pods",
        "URL": case.url,
        "BODY": json.dumps(case.body),
        "LATE_SECONDS": case.late_seconds,
        "PER_SECOND": PER_SECOND,
    }
    service = {
        "metadata": {"name": "stale-pods"},
        "spec": {
            "clusterIP": "None",
            "selector": {"app.kubernetes.io/name": name},
            "ports": [{"name": "http", "port": 80}],
        },
    }
    program = Path(stale_client.__file__).read_text()
    cluster.core.create_namespaced_service(NAMESPACE, service)
    try:
        with restricted_pod(cluster, "stale-client", name, program, environment):
            client = StaleClient(cluster)
            wait(
                "the first requests are sent",
                lambda: client.report()["sent"] > PER_SECOND,
                seconds=60,
            )
            yield client
    finally:
        cluster.core.delete_namespaced_service("stale-pods", NAMESPACE)


def failures_of_restart(cluster: Cluster, name: str, client: StaleClient) -> dict[str, int]:
    """Replace each pod of a name; returns the failures until the client has learned of it."""
    cluster.settle()
    before = {pod.metadata.name for pod in cluster.all_pods(name)}
    cluster.restart(name)
    cluster.settle()

    def learned() -> bool:
        pods = cluster.all_pods(name)
        gone = not before & {pod.metadata.name for pod in pods}
        return gone and {pod.status.pod_ip for pod in pods} == {*client.report()["addresses"]}

    wait("the old pods are gone and the client knows it", learned, seconds=180)
    return client.failed()


@contextmanager
def without_pre_stop(cluster: Cluster, name: str) -> Iterator[None]:
    """The Deployment's pods terminate at once while the context lasts."""
    container = cluster.deployment(name).spec.template.spec.containers[0]
    seconds = container.lifecycle.pre_stop.sleep.seconds
    patch: dict[str, Any] = {"name": name, "lifecycle": None}
    cluster.patch_template(name, {"spec": {"containers": [patch]}})
    try:
        yield
    finally:
        patch["lifecycle"] = {"preStop": {"sleep": {"seconds": seconds}}}
        cluster.patch_template(name, {"spec": {"containers": [patch]}})
        cluster.settle()


@pytest.mark.parametrize("name", CASES)
def test_a_client_that_learns_late_loses_nothing(name: str, settled: Cluster) -> None:
    with run_stale_client(settled, name) as client:
        failed = failures_of_restart(settled, name, client)
        sent = client.report()["sent"]
    late = CASES[name].late_seconds
    record(f"{name}, {late} s late", sent=sent, failed=sum(failed.values()))
    assert failed == {}


@pytest.mark.parametrize("name", CASES)
def test_without_pre_stop_a_client_that_learns_late_loses_some(name: str, settled: Cluster) -> None:
    with without_pre_stop(settled, name):
        settled.settle()
        with run_stale_client(settled, name) as client:
            failed = failures_of_restart(settled, name, client)
            sent = client.report()["sent"]
    late = CASES[name].late_seconds
    record(f"{name}, {late} s late, no preStop", sent=sent, failed=sum(failed.values()))
    assert failed, "the client lost nothing, so the test above proves nothing"
