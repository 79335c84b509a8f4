"""The Bento's autoscaler: no more replicas under a low load, more under a high one."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.cluster import cpu
from tests.cluster.cluster import Cluster, wait
from tests.cluster.figures import record
from tests.cluster.restricted_pod import restricted_pod

pytestmark = pytest.mark.timeout(1200)

# Loads as multiples of the rate at which one replica uses all the CPU that it requests.
LOW, HIGH = 0.2, 1.5

# For a pod of the namespace: calls at a fixed rate, each to a random replica.
PROGRAM = """
import json, random, socket, threading, time, urllib.request
texts = [f"a rather good day {n}, and not bad at all. " * 40 for n in range(64)]
body = json.dumps({"texts": texts}).encode()
calls, failed, started = 0, 0, time.monotonic()
def call():
    global failed
    try:
        replicas = socket.getaddrinfo("bento", 3000, type=socket.SOCK_STREAM)
        url = f"http://{random.choice(replicas)[4][0]}:3000/classify"
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(url, body, headers)
        urllib.request.urlopen(request, timeout=10).read()
    except OSError:
        failed += 1
threads = []
while time.monotonic() < started + SECONDS:
    threads.append(threading.Thread(target=call))
    threads[-1].start()
    calls += 1
    time.sleep(max(0, started + calls / PER_SECOND - time.monotonic()))
for thread in threads:
    thread.join()
print(calls, failed)
"""


@pytest.fixture
def load_pod(settled: Cluster) -> Iterator[str]:
    """The name of a pod that may call the Bento."""
    with restricted_pod(settled, "load", "bento", "import time; time.sleep(3600)"):
        yield "load"


def call_bento(cluster: Cluster, pod: str, per_second: float, seconds: float) -> tuple[int, int]:
    """Call the Bento from the pod; returns the numbers of calls and of failures."""
    code = f"PER_SECOND, SECONDS = {per_second}, {seconds}\n{PROGRAM}"
    calls, failed = cluster.python(pod, code).split()
    return int(calls), int(failed)


def test_replicas_follow_the_load(settled: Cluster, load_pod: str) -> None:
    wait("the autoscaler has its metric", lambda: settled.utilization("bento"), seconds=180)
    spec = settled.autoscaler("bento").spec
    min_replicas, target = spec.min_replicas, spec.metrics[0].resource.target

    def at_minimum() -> bool:
        return bool(len(settled.ready("bento")) == min_replicas)

    wait("the replicas are at their minimum", at_minimum, seconds=600)
    before = cpu.seconds(settled, "bento")
    calls, _ = call_bento(settled, load_pod, 5, 10)
    seconds_per_call = (cpu.seconds(settled, "bento") - before) / calls
    full_rate = cpu.requested(settled, "bento") / seconds_per_call
    timeline: list[tuple[int, int, int | None]] = []
    started = time.monotonic()

    def count_replicas() -> int:
        """The number of ready replicas, which is added to the timeline when it changes."""
        state = (len(settled.ready("bento")), settled.utilization("bento"))
        if not timeline or timeline[-1][1:] != state:
            timeline.append((round(time.monotonic() - started), *state))
        return state[0]

    loads = [call_bento(settled, load_pod, LOW * full_rate, 60)]
    assert count_replicas() == min_replicas, f"at {LOW:.0%} of one replica's rate: {timeline}"
    for _ in range(12):
        loads.append(call_bento(settled, load_pod, HIGH * full_rate, 10))
        if count_replicas() > min_replicas:
            break
    replicas = count_replicas()
    failed = sum(failures for _, failures in loads)
    try:
        assert replicas > min_replicas, f"at {HIGH:.0%}; target {target.average_utilization} %"
        wait("the replicas are back", lambda: count_replicas() == min_replicas, seconds=600)
        assert failed == 0
    finally:
        record(
            "scaling",
            calls_per_second_at_request=round(full_rate, 2),
            calls=sum(calls for calls, _ in loads),
            failed=failed,
            seconds_replicas_utilization=timeline,
        )
