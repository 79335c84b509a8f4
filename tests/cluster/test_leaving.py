"""A pod that leaves is of use to those who do not know yet, and it is preStop that makes it so.

An Ingress controller on the same node hears of a pod's end within a moment, and asks another pod
when a connection is refused: to it, preStop is worth nothing. So these requests come from a client
that hears late and never asks twice. Without preStop the same client loses some.
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
from tests.cluster.conftest import record
from tests.cluster.guest import guest

pytestmark = pytest.mark.timeout(900)

PER_SECOND = 10


class Case(NamedTuple):
    """Which requests, and how late the client hears."""

    late_seconds: int
    url: str
    body: dict[str, Any]


CASES = {
    # Later than preStop alone allows (10 s), and before the drain after it ends (5 s more).
    "gateway": Case(12, "http://{}:8000/comments", {"comment": "A good day to leave."}),
    # As long as cluster DNS lets an answer be kept.
    "bento": Case(30, "http://{}:3000/classify", {"texts": ["A good day to leave."]}),
}


class StaleClient:
    """The program, running in a pod."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def report(self) -> dict[str, Any]:
        """The newest; all zero as long as there is none."""
        log = self._cluster.core.read_namespaced_pod_log(
            "stale-client", NAMESPACE, tail_lines=1, _preload_content=False
        ).data
        found: dict[str, Any] = json.loads(log) if log else {"sent": 0, "addresses": []}
        return found

    def failed(self) -> dict[str, int]:
        """By cause, of all that was sent until now."""
        sent = self.report()["sent"]

        def all_known() -> bool:
            now = self.report()
            return bool(now["answered"] + sum(now["failed"].values()) >= sent)

        wait("every request has its end", all_known, seconds=30)
        failed: dict[str, int] = self.report()["failed"]
        return failed


@contextmanager
def stale(cluster: Cluster, name: str) -> Iterator[StaleClient]:
    """A client of the pods of a name, which the pods' policies let in."""
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
        with guest(cluster, "stale-client", name, program, environment):
            client = StaleClient(cluster)
            wait("the first are sent", lambda: client.report()["sent"] > PER_SECOND, seconds=60)
            yield client
    finally:
        cluster.core.delete_namespaced_service("stale-pods", NAMESPACE)


def replaced(cluster: Cluster, name: str, client: StaleClient) -> dict[str, int]:
    """How requests failed while each pod of a name was replaced, and until the client had heard."""
    cluster.settle()
    before = {pod.metadata.name for pod in cluster.all_pods(name)}
    cluster.restart(name)
    cluster.settle()

    def heard() -> bool:
        pods = cluster.all_pods(name)
        gone = not before & {pod.metadata.name for pod in pods}
        return gone and {pod.status.pod_ip for pod in pods} == {*client.report()["addresses"]}

    wait("the old pods are gone, and the client knows it", heard, seconds=180)
    return client.failed()


@contextmanager
def without_pre_stop(cluster: Cluster, name: str) -> Iterator[None]:
    """The Deployment's pods leave at once, as long as the context lasts."""
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
def test_who_hears_late_of_a_pods_end_loses_nothing(name: str, settled: Cluster) -> None:
    with stale(settled, name) as client:
        failed = replaced(settled, name, client)
        sent = client.report()["sent"]
    late = CASES[name].late_seconds
    record(f"{name}, heard {late} s late", sent=sent, failed=sum(failed.values()))
    assert failed == {}


@pytest.mark.parametrize("name", CASES)
def test_without_pre_stop_who_hears_late_loses_some(name: str, settled: Cluster) -> None:
    with without_pre_stop(settled, name):
        settled.settle()
        with stale(settled, name) as client:
            failed = replaced(settled, name, client)
            sent = client.report()["sent"]
    late = CASES[name].late_seconds
    record(f"{name}, heard {late} s late, no preStop", sent=sent, failed=sum(failed.values()))
    assert failed, "the client did not see a loss, so the other test would not either"
