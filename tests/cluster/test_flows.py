"""Who can connect to whom: every kind of pod tries every port, and what is none of its business.

Only where ENFORCED says that the cluster's network enforces NetworkPolicies: kind's does, a plain
bridge does not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.cluster.cluster import Cluster, wait
from tests.cluster.figures import record
from tests.cluster.probe_pod import PORT, probe_pod, reached

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not os.environ.get("ENFORCED"),
        reason="ENFORCED is not set: this cluster may not enforce NetworkPolicies",
    ),
]

ELSEWHERE = "default"
ALLOWED = {
    "gateway": {"bento http", "dynamodb http", "DNS"},
    "bento": set[str](),
    "dynamodb": set[str](),
    "stranger": set[str](),
}
"""Of each kind of pod, the targets that it may connect to; a stranger is in the same namespace."""
LISTENING = {"API server", "node", "DNS", "elsewhere"}
"""What a pod elsewhere reaches, which shows that something listens there."""


@pytest.fixture(scope="module")
def elsewhere(cluster: Cluster) -> Iterator[str]:
    with probe_pod(cluster, "elsewhere", namespace=ELSEWHERE) as address:
        own = {"itself": (address, PORT)}
        wait("it listens", lambda: reached(cluster, "elsewhere", own, ELSEWHERE), seconds=60)
        yield address


@pytest.fixture(scope="module")
def targets(cluster: Cluster, elsewhere: str) -> dict[str, tuple[str, int]]:
    """Addresses and ports by name."""
    cluster.settle()
    found: dict[str, tuple[str, int]] = {}
    for name in ("gateway", "bento", "dynamodb"):
        # The last one: the tests connect from the first one.
        pod = max(cluster.ready(name), key=lambda pod: str(pod.metadata.name))
        for container in pod.spec.containers:
            for port in container.ports:
                found[f"{name} {port.name}"] = (pod.status.pod_ip, port.container_port)
    services = {
        "API server": cluster.core.read_namespaced_service("kubernetes", "default"),
        "DNS": cluster.core.read_namespaced_service("kube-dns", "kube-system"),
    }
    found |= {name: (service.spec.cluster_ip, 0) for name, service in services.items()}
    [node, *_] = cluster.core.list_node().items
    [address] = [each.address for each in node.status.addresses if each.type == "InternalIP"]
    return {
        **found,
        "API server": (found["API server"][0], 443),
        "DNS": (found["DNS"][0], 53),
        "node": (address, 10_250),
        "metadata": ("169.254.169.254", 80),
        "elsewhere": (elsewhere, PORT),
    }


def test_there_is_something_to_be_reached(
    cluster: Cluster, targets: dict[str, tuple[str, int]]
) -> None:
    assert len(targets) == 10, targets
    assert reached(cluster, "elsewhere", targets, ELSEWHERE) - {"metadata"} == LISTENING


@pytest.mark.parametrize("part", ["gateway", "bento"])
def test_a_pod_reaches_what_it_needs_and_nothing_else(
    part: str, cluster: Cluster, targets: dict[str, tuple[str, int]]
) -> None:
    pod = min(cluster.ready(part), key=lambda pod: str(pod.metadata.name))
    own = {name: (pod.status.pod_ip, port) for name, (_, port) in targets.items() if part in name}
    assert reached(cluster, pod.metadata.name, own) == own.keys(), "it does not listen"
    found = reached(cluster, pod.metadata.name, targets)
    record(f"flows of {part}", open=sorted(found), tried=len(targets))
    assert found == ALLOWED[part]


@pytest.mark.parametrize("part", ["dynamodb", "stranger"])
def test_a_pod_without_python_or_a_part_reaches_nothing(
    part: str, cluster: Cluster, targets: dict[str, tuple[str, int]]
) -> None:
    with probe_pod(cluster, f"{part}-probe", part=part):
        found = reached(cluster, f"{part}-probe", targets)
    record(f"flows of {part}", open=sorted(found), tried=len(targets))
    assert found == ALLOWED[part]


def test_a_gateway_reaches_the_store_and_the_model_by_name(cluster: Cluster) -> None:
    pod = cluster.ready("gateway")[0].metadata.name
    assert reached(cluster, pod, {"b": ("bento", 3000), "d": ("dynamodb", 8000)}) == {"b", "d"}
    [bento, *_] = cluster.ready("bento")
    assert not reached(cluster, bento.metadata.name, {"g": ("gateway", 80)})
