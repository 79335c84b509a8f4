"""The nodes of k8s/aws/cluster.yaml have room for the pods of the EKS overlay.

The facts about EKS are constants here, because asking AWS for them takes an account.
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.k8s.manifests import Objects
from tests.k8s.rendering import ROOT, objects

# Millicores of a node with two cores: the kubelet reserves 6 % of the first core and 1 % of the
# second; vpc-cni with its policy agent requests 50, kube-proxy 100, the node monitoring agent 10.
# The Pod Identity agent, the load balancer's controller and Cluster Autoscaler request nothing.
NODE_MILLICORES = 2_000 - 70 - 50 - 100 - 10
# Millicores of two pods of CoreDNS and two of metrics-server.
SYSTEM_MILLICORES = [100] * 4
# Of 4 GiB, the kernel leaves 3,800 MiB; the kubelet reserves 255 MiB and 11 for each possible pod,
# and evicts pods when less than 100 are free. The node monitoring agent requests 30.
NODE_MIB = 3_800 - (255 + 11 * 29) - 100 - 30
# Three network interfaces with ten addresses each, the first of which is its own; and two pods that
# use the host's network.
MAX_PODS = 3 * (10 - 1) + 2
DAEMON_PODS = 4


@pytest.fixture(scope="module")
def nodes() -> dict[str, Any]:
    config = yaml.safe_load((ROOT / "k8s/aws/cluster.yaml").read_text())
    [group] = config["managedNodeGroups"]
    node_group: dict[str, Any] = group
    return node_group


def pods_in_rollout(key: str) -> list[int]:
    """Each autoscaler's `minReplicas` or `maxReplicas`, with one more pod for a rollout."""
    return [item["spec"][key] + 1 for item in Objects(objects("eks")).of("HorizontalPodAutoscaler")]


def largest_request(resource: str, unit: str) -> int:
    """The request of the pod that requests most."""
    return max(
        int(
            item["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"][
                resource
            ].removesuffix(unit)
        )
        for item in Objects(objects("eks")).of("Deployment")
    )


def pods_per_node() -> int:
    """Our pods that fit on one node, beside one of CoreDNS and one of metrics-server."""
    return (NODE_MILLICORES - sum(SYSTEM_MILLICORES[:2])) // largest_request("cpu", "m")


def test_the_instance_type_is_the_one_described_above(nodes: dict[str, Any]) -> None:
    assert nodes["instanceType"] == "c7i.large"
    assert nodes["desiredCapacity"] == nodes["minSize"] == 2


def test_two_nodes_have_room_for_the_minimum_and_a_rollout(nodes: dict[str, Any]) -> None:
    assert sum(pods_in_rollout("minReplicas")) <= nodes["minSize"] * pods_per_node()


def test_one_node_has_room_for_a_pod_of_each_and_the_system_pods() -> None:
    assert 2 * largest_request("cpu", "m") + sum(SYSTEM_MILLICORES) <= NODE_MILLICORES


def test_all_nodes_have_room_for_the_maximum_and_a_rollout(nodes: dict[str, Any]) -> None:
    assert sum(pods_in_rollout("maxReplicas")) <= nodes["maxSize"] * pods_per_node()
    assert sum(pods_in_rollout("maxReplicas")) > (nodes["maxSize"] - 1) * pods_per_node(), (
        "fewer nodes would be enough"
    )


def test_cpu_runs_out_before_memory_and_addresses() -> None:
    # CoreDNS requests 70 MiB, metrics-server 200.
    assert pods_per_node() * largest_request("memory", "Mi") + 270 <= NODE_MIB
    assert pods_per_node() + len(SYSTEM_MILLICORES) + DAEMON_PODS + 2 <= MAX_PODS
