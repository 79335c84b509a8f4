"""The autoscaler means something: it leaves a quiet Bento alone, and doubts no busy one."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.cluster.cluster import Cluster, wait
from tests.cluster.conftest import record
from tests.cluster.guest import guest

pytestmark = pytest.mark.timeout(1200)

# The knee of a replica is where it uses all of the CPU that it asks for.
QUIET, BUSY = 0.2, 1.5

# In a pod of the namespace: calls at a rate, each to a replica drawn anew.
PROGRAM = """
import json, random, socket, threading, time, urllib.request
texts = [f"a rather good day {n}, and not bad at all. " * 40 for n in range(64)]
body = json.dumps({"texts": texts}).encode()
calls, failed, started = 0, 0, time.monotonic()
def call():
    global failed
    try:
        found = socket.getaddrinfo("bento", 3000, type=socket.SOCK_STREAM)
        url = f"http://{random.choice(found)[4][0]}:3000/classify"
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
def loader(settled: Cluster) -> Iterator[str]:
    """The name of a pod that may call the Bento."""
    with guest(settled, "load", "bento", "import time; time.sleep(3600)"):
        yield "load"


def load(cluster: Cluster, pod: str, per_second: float, seconds: float) -> tuple[int, int]:
    """How many calls were made, and how many of them failed."""
    code = f"PER_SECOND, SECONDS = {per_second}, {seconds}\n{PROGRAM}"
    calls, failed = cluster.python(pod, code).split()
    return int(calls), int(failed)


def cpu_seconds(cluster: Cluster) -> float:
    """What the replicas have used so far: process 1 is the server."""
    code = "print(sum(map(int, open('/proc/1/stat').read().rsplit(')')[1].split()[11:13])) / 100)"
    return sum(float(cluster.python(pod.metadata.name, code)) for pod in cluster.ready("bento"))


def test_scales_out_when_busy_and_back_when_not(settled: Cluster, loader: str) -> None:
    wait("the autoscaler has its metric", lambda: settled.utilization("bento"), seconds=180)
    scaler = settled.autoscaler("bento")
    least, target = scaler.spec.min_replicas, scaler.spec.metrics[0].resource.target
    wait("it begins with the fewest", lambda: len(settled.ready("bento")) == least, seconds=600)
    requests = settled.deployment("bento").spec.template.spec.containers[0].resources.requests
    text = requests["cpu"]
    cpu = float(text[:-1]) / 1000 if text.endswith("m") else float(text)
    used = cpu_seconds(settled)
    calls, _ = load(settled, loader, 5, 10)
    each = (cpu_seconds(settled) - used) / calls
    knee = cpu / each
    timeline: list[tuple[int, int, int | None]] = []
    started = time.monotonic()

    def watch() -> int:
        seen = (len(settled.ready("bento")), settled.utilization("bento"))
        if not timeline or timeline[-1][1:] != seen:
            timeline.append((round(time.monotonic() - started), *seen))
        return seen[0]

    quiet = load(settled, loader, QUIET * knee, 60)
    assert watch() == least, f"at {QUIET:.0%} of one replica's knee it stays: {timeline}"
    busy: list[tuple[int, int]] = []
    for _ in range(12):
        busy.append(load(settled, loader, BUSY * knee, 10))
        if watch() > least:
            break
    most = watch()
    try:
        assert most > least, f"at {BUSY:.0%} it scales beyond {target.average_utilization} %"
        wait("it is back to the fewest", lambda: watch() == least, seconds=600)
        assert sum(failed for _, failed in [quiet, *busy]) == 0
    finally:
        record(
            "scaling",
            knee_calls_per_second=round(knee, 2),
            calls=sum(calls for calls, _ in [quiet, *busy]),
            failed=sum(failed for _, failed in [quiet, *busy]),
            seconds_replicas_utilization=timeline,
        )
