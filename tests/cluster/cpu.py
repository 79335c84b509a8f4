"""The CPU time of pods, from which tests derive their load."""

from __future__ import annotations

from kubernetes.utils import parse_quantity

from tests.cluster.cluster import Cluster

# The server is process 1 of its pod.
PROGRAM = "print(sum(map(int, open('/proc/1/stat').read().rsplit(')')[1].split()[11:13])) / 100)"


def seconds(cluster: Cluster, name: str) -> float:
    """The CPU time of all ready pods of a name so far."""
    return sum(float(cluster.python(pod.metadata.name, PROGRAM)) for pod in cluster.ready(name))


def requested(cluster: Cluster, name: str) -> float:
    """The cores that a pod of a Deployment requests."""
    resources = cluster.deployment(name).spec.template.spec.containers[0].resources
    return float(parse_quantity(resources.requests["cpu"]))  # type: ignore[no-untyped-call]
