"""A pod for tests, as locked down as the namespace requires."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.cluster.cluster import NAMESPACE, Cluster, wait

# The program resolves the names of what it calls, and only gateways may ask DNS.
DNS = {
    "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}],
    "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
}


def restricted(name: str, part: str, container: Mapping[str, object]) -> dict[str, object]:
    """The manifest of a pod with one container, under the rules of the namespace.

    Args:
        name: of the pod.
        part: its label `app.kubernetes.io/name`.
        container: without a security context.
    """
    locked_down = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    return {
        "metadata": {"name": name, "labels": {"app.kubernetes.io/name": part}},
        "spec": {
            "containers": [{**container, "securityContext": locked_down}],
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "securityContext": {
                "runAsNonRoot": True,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
        },
    }


@contextmanager
def restricted_pod(
    cluster: Cluster, name: str, calls: str, program: str, environment: Mapping[str, object] = {}
) -> Iterator[None]:
    """Run a Python program in a pod of the gateway's image while the context lasts.

    Args:
        name: of the pod.
        calls: name of the pods that it may call; other pods may not call those.
        program: source code.
        environment: the program's environment variables.
    """
    own_labels = {"app.kubernetes.io/name": name}
    called_labels = {"app.kubernetes.io/name": calls}
    policy = {
        "metadata": {"name": name},
        "spec": {
            "podSelector": {},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                {
                    "from": [{"podSelector": {"matchLabels": own_labels}}],
                    "ports": [{"port": "http"}],
                }
            ],
            "egress": [{"to": [{"podSelector": {"matchLabels": called_labels}}]}, DNS],
        },
    }
    container = {
        "name": name,
        "image": cluster.image("gateway"),
        "command": ["/usr/bin/python3", "-c", program],
        "env": [{"name": key, "value": str(value)} for key, value in environment.items()],
    }
    cluster.network.create_namespaced_network_policy(NAMESPACE, policy)
    cluster.core.create_namespaced_pod(NAMESPACE, restricted(name, name, container))
    try:
        wait(f"{name} is ready", lambda: cluster.ready(name), seconds=60)
        yield
    finally:
        cluster.core.delete_namespaced_pod(name, NAMESPACE)
        cluster.network.delete_namespaced_network_policy(name, NAMESPACE)
        wait(f"{name} is gone", lambda: not cluster.all_pods(name), seconds=60)
