"""What starts is complete before it is used, and waits for what it needs."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.cluster.cluster import NAMESPACE, Cluster, kubectl, wait
from tests.cluster.figures import record

pytestmark = pytest.mark.timeout(900)

# A call takes a few milliseconds of CPU, and the kubelet's probes come in between. The first text
# in another language once took half a second, because a part of the model was loaded for it. On a
# busy node that is one to two seconds, in which gateways refuse comments.
MAX_CPU_SECONDS = 0.2
# DynamoDB Local takes so long to start on a busy node.
STORE_START_SECONDS = 8

# For a pod of the Bento, whose server is process 1: calls each route, and prints the CPU time.
PROGRAM = """
import json, urllib.request
def cpu_seconds():
    return sum(map(int, open('/proc/1/stat').read().rsplit(')')[1].split()[11:13])) / 100
def call(path, **body):
    url, headers = 'http://127.0.0.1:3000' + path, {'Content-Type': 'application/json'}
    urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)).read()
texts = ['A good day.', 'Das ist ganz wunderbar!', '#LoveIt :-) 10/10', '']
before = cpu_seconds()
call('/classify', texts=texts)
call('/classify', texts=texts, probabilities=True)
call('/explain', texts=texts)
print(round(cpu_seconds() - before, 2))
"""


def test_the_first_comments_do_not_stop_a_new_replica(settled: Cluster) -> None:
    settled.restart("bento")
    settled.settle()
    pods = settled.ready("bento")
    seconds = [float(settled.python(pod.metadata.name, PROGRAM)) for pod in pods]
    record("first calls of a new Bento", cpu_seconds=seconds)
    assert max(seconds) < MAX_CPU_SECONDS


def test_a_gateway_waits_for_the_store_to_create_the_table(settled: Cluster) -> None:
    def scale_store(replicas: int) -> None:
        kubectl("-n", NAMESPACE, "scale", "statefulset/dynamodb", f"--replicas={replicas}")

    scale_store(0)
    try:
        wait("the store is gone", lambda: not settled.all_pods("dynamodb"), seconds=60)
        before = {pod.metadata.name for pod in settled.pods("gateway")}
        settled.restart("gateway")

        def table() -> Any:
            """The init container of the new pod."""
            pods = [pod for pod in settled.pods("gateway") if pod.metadata.name not in before]
            statuses = pods[0].status.init_container_statuses if pods else None
            return statuses[0] if statuses else None

        wait("it asks for the table", lambda: table() and table().state.running, seconds=60)
        time.sleep(STORE_START_SECONDS)
    finally:
        scale_store(1)
    settled.settle()
    for pod in settled.ready("gateway"):
        assert [each.restart_count for each in pod.status.init_container_statuses] == [0]
