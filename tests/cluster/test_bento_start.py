"""A replica of the Bento that is ready has loaded all that it needs: no comment waits for that.

A replica that loads a part of it for the first text that needs it stops meanwhile. On a busy node
that takes seconds, in which all replicas of a rollout stop, and the gateways refuse comments.
"""

from __future__ import annotations

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.figures import record

pytestmark = pytest.mark.timeout(900)

# A call takes a few milliseconds of CPU, and the kubelet's probes come in between. It was half a
# second for the first text in another language, while the identifier of languages was loaded.
MAX_CPU_SECONDS = 0.2

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
