"""A pod from which connections are tried, and the outcome of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from kubernetes.stream import stream

from tests.cluster.cluster import NAMESPACE, Cluster, wait
from tests.cluster.restricted_pod import restricted

PORT = 8080
"""On which the pod listens."""
LISTEN = f"import http.server; http.server.test(port={PORT})"

# A connection that is refused is as closed as one that nobody answers: networks do either.
TRY = """
import concurrent.futures, socket
def attempt(target):
    name, host, port = target
    try:
        socket.create_connection((host, port), 4).close()
        return name + ' open'
    except OSError:
        return name + ' closed'
with concurrent.futures.ThreadPoolExecutor(len(TARGETS)) as pool:
    for line in pool.map(attempt, TARGETS):  # one thread prints, or lines would mix
        print(line)
"""


@contextmanager
def probe_pod(
    cluster: Cluster, name: str, *, part: str = "", namespace: str = NAMESPACE
) -> Iterator[str]:
    """Run a pod of the gateway's image while the context lasts; yields its address.

    Args:
        cluster: where.
        name: of the pod.
        part: whose label it has, so that its policies hold for the pod. It is never ready, and
            so takes no traffic.
        namespace: where it is.
    """
    container = {
        "name": name,
        "image": cluster.image("gateway"),
        "command": ["/usr/bin/python3", "-c", LISTEN],
        "workingDir": "/tmp",
        "readinessProbe": {"exec": {"command": ["/never"]}},
    }
    cluster.core.create_namespaced_pod(namespace, restricted(name, part or name, container))

    def address() -> str:
        status = cluster.core.read_namespaced_pod(name, namespace).status
        return str(status.pod_ip or "") if status.phase == "Running" else ""

    try:
        wait(f"{name} runs", address, seconds=60)
        yield address()
    finally:
        cluster.core.delete_namespaced_pod(name, namespace)


def reached(
    cluster: Cluster,
    pod: str,
    targets: Mapping[str, tuple[str, int]],
    namespace: str = NAMESPACE,
) -> set[str]:
    """The names of the targets, by address and port, to which the pod can connect."""
    listed = [(name, *target) for name, target in targets.items()]
    said = stream(
        cluster.core.connect_get_namespaced_pod_exec,
        pod,
        namespace,
        command=["/usr/bin/python3", "-c", f"TARGETS = {listed!r}\n{TRY}"],
        stdout=True,
        stderr=True,
        stdin=False,
        tty=False,
    )
    outcomes = dict(line.rsplit(" ", 1) for line in said.splitlines())
    assert outcomes.keys() == targets.keys(), said
    return {name for name, outcome in outcomes.items() if outcome == "open"}
