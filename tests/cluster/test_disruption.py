"""No comment is lost while pods are replaced, and new replicas get their share of the load."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest

from loadtest.harness.quantiles import quantile
from tests.cluster.cluster import DEPLOYMENTS, NAMESPACE, Cluster, wait
from tests.cluster.figures import record
from tests.cluster.steady_load import SteadyLoad
from tests.cluster.table import models

pytestmark = pytest.mark.timeout(900)

# From the change of the DNS answer until a new replica must have its share.
ADOPTION_SECONDS = 5
MEASURED_SECONDS = 8


def restart(name: str) -> Callable[[Cluster], None]:
    return lambda cluster: cluster.restart(name)


def change_tag(cluster: Cluster) -> None:
    tag = os.environ.get("OTHER_TAG")
    if not tag:
        pytest.skip("OTHER_TAG names no second tag of the images in the cluster")
    for name in DEPLOYMENTS:
        cluster.set_tag(name, tag)


def evict_all(cluster: Cluster) -> None:
    for name in DEPLOYMENTS:
        cluster.evict_all(name)


def delete_one_of_each(cluster: Cluster) -> None:
    for name in DEPLOYMENTS:
        cluster.delete_pod(name)


@pytest.mark.parametrize(
    "disrupt",
    [
        pytest.param(restart("gateway"), id="gateway-restarts"),
        pytest.param(restart("bento"), id="bento-restarts"),
        pytest.param(change_tag, id="another-tag"),
        pytest.param(evict_all, id="all-evicted"),
        pytest.param(delete_one_of_each, id="one-of-each-deleted"),
    ],
)
def test_nothing_is_lost_when(
    disrupt: Callable[[Cluster], None],
    settled: Cluster,
    url: str,
    request: pytest.FixtureRequest,
) -> None:
    before = {pod.metadata.name for name in DEPLOYMENTS for pod in settled.pods(name)}
    tags = {name: settled.image(name).rpartition(":")[2] for name in DEPLOYMENTS}
    started = time.monotonic()
    with SteadyLoad(url) as load:
        wait("the first answers", lambda: len(load.acknowledged) > 20, seconds=30)
        disrupt(settled)
        settled.settle()
        after = {pod.metadata.name for name in DEPLOYMENTS for pod in settled.pods(name)}
        replaced = before - after
        assert replaced, "no pod was replaced, so nothing was tested"

        def ended() -> bool:
            pods = [pod for name in DEPLOYMENTS for pod in settled.all_pods(name)]
            return not replaced & {pod.metadata.name for pod in pods}

        wait(f"{', '.join(sorted(replaced))} end", ended, seconds=120)
    record(
        request.node.name,
        sent=load.sent,
        failed=len(load.failures),
        acknowledged=len(load.acknowledged),
        pods_replaced=len(replaced),
        p99_seconds=round(quantile(load.seconds, 0.99), 3),
        slowest_seconds=round(max(load.seconds), 3),
        seconds=round(time.monotonic() - started),
    )
    for name, tag in tags.items():
        if settled.image(name).rpartition(":")[2] != tag:
            settled.set_tag(name, tag)
    assert load.failures == []
    assert len(load.acknowledged) == load.sent
    assert models(settled, load.acknowledged).keys() == load.acknowledged


def test_a_new_replica_gets_its_share(settled: Cluster, url: str) -> None:
    # The bytes that a pod's network interface received; the Bento itself counts nothing.
    count_bytes = (
        "print(next(line.split()[1] for line in open('/proc/net/dev') if 'eth0:' in line))"
    )
    resolve = "import socket; print(*{a[4][0] for a in socket.getaddrinfo('bento', 3000)})"

    def received() -> dict[str, int]:
        return {
            pod.status.pod_ip: int(settled.python(pod.metadata.name, count_bytes))
            for pod in settled.ready("bento")
        }

    min_replicas = settled.autoscaler("bento").spec.min_replicas
    patch = settled.autoscaling.patch_namespaced_horizontal_pod_autoscaler
    [gateway, *_] = [pod.metadata.name for pod in settled.ready("gateway")]
    before = {pod.status.pod_ip for pod in settled.ready("bento")}
    patch("bento", NAMESPACE, {"spec": {"minReplicas": len(before) + 1}})
    try:
        with SteadyLoad(url, per_second=40) as load:

            def new_addresses() -> set[str]:
                return set(settled.python(gateway, resolve).split()) - before

            wait("the DNS answer has a new address", new_addresses, seconds=120)
            time.sleep(ADOPTION_SECONDS)
            [new] = new_addresses()
            first = received()
            time.sleep(MEASURED_SECONDS)
            second = received()
        volumes = {address: second[address] - first[address] for address in second}
        share = volumes[new] / sum(volumes.values())
        record("share of a new replica", share=round(share, 3), replicas=len(volumes))
        assert load.failures == []
        assert share > 0.5 / len(volumes), f"bytes received: {volumes}"
    finally:
        patch("bento", NAMESPACE, {"spec": {"minReplicas": min_replicas}})
