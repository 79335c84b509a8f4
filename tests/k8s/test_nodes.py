"""The nodes of k8s/aws/cluster.yaml have room for the pods of the EKS overlay.

What is known of EKS is written here: nobody can be asked for it without an account.
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.k8s.policy import Objects
from tests.k8s.rendering import ROOT, objects

# Thousandths of a core, of two: the kubelet keeps 6 % of the first core and 1 % of the second;
# vpc-cni with its policy agent asks for 50, kube-proxy for 100. The Pod Identity agent, the load
# balancer's controller and Cluster Autoscaler ask for nothing.
NODE = 2_000 - 70 - 50 - 100
# Two pods of CoreDNS and two of metrics-server.
SYSTEM = [100] * 4
# MiB, of four: less what the kernel has, the kubelet's 255 + 11 a pod that may be, eviction's 100.
NODE_MEMORY = 3_800 - (255 + 11 * 29) - 100
# Three network interfaces of ten addresses each, one of each its own, and two pods of the host's.
PODS = 3 * (10 - 1) + 2
DAEMONS = 3


@pytest.fixture(scope="module")
def nodes() -> dict[str, Any]:
    config = yaml.safe_load((ROOT / "k8s/aws/cluster.yaml").read_text())
    [group] = config["managedNodeGroups"]
    found: dict[str, Any] = group
    return found


def counts(key: str) -> list[int]:
    """Of pods, by the autoscalers, with one more of each that a rollout makes."""
    return [item["spec"][key] + 1 for item in Objects(objects("eks")).of("HorizontalPodAutoscaler")]


def requested(what: str, unit: str) -> int:
    """By the pod that asks for most."""
    return max(
        int(
            item["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"][
                what
            ].removesuffix(unit)
        )
        for item in Objects(objects("eks")).of("Deployment")
    )


def room() -> int:
    """Pods of ours on one node, beside one of CoreDNS and one of metrics-server."""
    return (NODE - sum(SYSTEM[:2])) // requested("cpu", "m")


def test_the_instance_is_the_one_that_is_known(nodes: dict[str, Any]) -> None:
    assert nodes["instanceType"] == "c7i.large"
    assert nodes["desiredCapacity"] == nodes["minSize"] == 2


def test_two_nodes_carry_the_least_pods_and_a_rollout(nodes: dict[str, Any]) -> None:
    assert sum(counts("minReplicas")) <= nodes["minSize"] * room()


def test_one_node_carries_a_pod_of_each_and_the_clusters_own() -> None:
    assert 2 * requested("cpu", "m") + sum(SYSTEM) <= NODE


def test_all_nodes_carry_the_most_pods_and_a_rollout(nodes: dict[str, Any]) -> None:
    assert sum(counts("maxReplicas")) <= nodes["maxSize"] * room()
    assert sum(counts("maxReplicas")) > (nodes["maxSize"] - 1) * room(), "fewer nodes would do"


def test_memory_and_addresses_are_not_what_ends_first() -> None:
    # CoreDNS asks for 70 MiB, metrics-server for 200.
    assert room() * requested("memory", "Mi") + 270 <= NODE_MEMORY
    assert room() + len(SYSTEM) + DAEMONS + 2 <= PODS
