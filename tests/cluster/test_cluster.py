"""The installation in a cluster: it works, it is closed, and it never drops a request.

`make test-cluster KUBECONFIG=… URL=…`, with an overlay applied. NetworkPolicies are tried only
where ENFORCED says that the cluster's network heeds them (kind's does; a plain bridge does not).
"""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kubernetes
import pytest

from tests.cluster.cluster import DEPLOYMENTS, KUBECTL, NAMESPACE, Cluster, wait
from tests.cluster.conftest import record
from tests.cluster.steady import SteadyLoad

pytestmark = pytest.mark.timeout(900)

OVERLAY = Path("k8s/overlays") / os.environ.get("OVERLAY", "kind")


def ask(url: str, body: object = None) -> tuple[int, Any]:
    headers = {"Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=15) as response:  # noqa: S310
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def kubectl(*arguments: str) -> str:
    done = subprocess.run([KUBECTL, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_applied_twice_nothing_changes(cluster: Cluster) -> None:
    kubectl("apply", "-k", str(OVERLAY))
    before = cluster.generations()
    # What the server makes of it: kubectl always patches a StatefulSet's claims and a budget's
    # selector, to no effect, and calls them "configured".
    assert kubectl("diff", "-k", str(OVERLAY)) == ""
    again = kubectl("apply", "-k", str(OVERLAY))
    assert "created" not in again
    assert cluster.generations() == before


def test_everything_is_available(settled: Cluster) -> None:
    for name in DEPLOYMENTS:
        conditions = {item.type: item.status for item in settled.deployment(name).status.conditions}
        assert conditions["Available"] == "True"
        assert len(settled.ready(name)) >= 2
    assert len(settled.ready("dynamodb")) == 1


def test_a_comment_through_the_ingress_is_in_the_table(settled: Cluster, url: str) -> None:
    status, body = ask(f"{url}/comments", {"comment": "A fantastic installation!"})
    assert status == 201, body
    posted = json.loads(body)
    with settled.dynamodb() as client:
        key = {"comment_id": {"S": posted["comment_id"]}}
        item = client.get_item(TableName="comments", Key=key, ConsistentRead=True)["Item"]
    assert {name: item[name]["S"] for name in posted} == posted


def test_the_answer_names_the_deployed_model(settled: Cluster, url: str) -> None:
    _, body = ask(f"{url}/comments", {"comment": "Which model are you?"})
    code = (
        "from pathlib import Path; from bento.model.model import Model;"
        "print(Model.load(Path('/app/bento/artifact')).digest)"
    )
    for pod in settled.ready("bento"):
        assert settled.python(pod.metadata.name, code).strip() == json.loads(body)["model"]


def restart(name: str) -> Callable[[Cluster], None]:
    return lambda cluster: cluster.restart(name)


def another_tag(cluster: Cluster) -> None:
    tag = os.environ.get("OTHER_TAG")
    if not tag:
        pytest.skip("OTHER_TAG names no second tag of the images in the cluster")
    for name in DEPLOYMENTS:
        cluster.set_tag(name, tag)


def eviction(cluster: Cluster) -> None:
    for name in DEPLOYMENTS:
        cluster.evict_all(name)


def deletion(cluster: Cluster) -> None:
    for name in DEPLOYMENTS:
        cluster.delete_pod(name)


@pytest.mark.parametrize(
    "disturb",
    [
        pytest.param(restart("gateway"), id="gateway-restarts"),
        pytest.param(restart("bento"), id="bento-restarts"),
        pytest.param(another_tag, id="another-tag"),
        pytest.param(eviction, id="all-evicted"),
        pytest.param(deletion, id="one-of-each-deleted"),
    ],
)
def test_nothing_is_lost_when(
    disturb: Callable[[Cluster], None],
    settled: Cluster,
    url: str,
    request: pytest.FixtureRequest,
) -> None:
    before = {pod.metadata.name for name in DEPLOYMENTS for pod in settled.pods(name)}
    tags = {name: settled.image(name).rpartition(":")[2] for name in DEPLOYMENTS}
    started = time.monotonic()
    with SteadyLoad(url) as load:
        wait("the first answers", lambda: len(load.acknowledged) > 20, seconds=30)
        disturb(settled)
        time.sleep(1)
        settled.settle()
        after = {pod.metadata.name for name in DEPLOYMENTS for pod in settled.pods(name)}
        gone = before - after
        assert gone, "no pod was replaced: this tried nothing"

        def ended() -> bool:
            found = settled.core.list_namespaced_pod(NAMESPACE).items
            return not gone & {pod.metadata.name for pod in found}

        wait(f"{', '.join(sorted(gone))} end", ended, seconds=120)
    record(
        request.node.name,
        sent=load.sent,
        failed=len(load.failures),
        acknowledged=len(load.acknowledged),
        pods_replaced=len(gone),
        slowest_seconds=round(load.slowest, 3),
        seconds=round(time.monotonic() - started),
    )
    for name, tag in tags.items():
        if settled.image(name).rpartition(":")[2] != tag:
            settled.set_tag(name, tag)
    assert load.failures == []
    assert len(load.acknowledged) == load.sent
    assert settled.stored(load.acknowledged) == load.acknowledged


def test_new_replicas_take_their_share(settled: Cluster, url: str) -> None:
    """Within 5 s of the change of the DNS answer."""
    # What comes in at a pod's network interface; the Bento itself counts nothing.
    code = "print(next(line.split()[1] for line in open('/proc/net/dev') if 'eth0:' in line))"
    resolve = "import socket; print({a[4][0] for a in socket.getaddrinfo('bento', 3000)})"

    def received() -> dict[str, int]:
        pods = settled.ready("bento")
        return {pod.status.pod_ip: int(settled.python(pod.metadata.name, code)) for pod in pods}

    scaler = settled.autoscaler("bento")
    least = scaler.spec.min_replicas
    patch = settled.autoscaling.patch_namespaced_horizontal_pod_autoscaler
    [gateway, *_] = [pod.metadata.name for pod in settled.ready("gateway")]
    before = {pod.status.pod_ip for pod in settled.ready("bento")}
    patch("bento", NAMESPACE, {"spec": {"minReplicas": len(before) + 1}})
    try:
        with SteadyLoad(url, per_second=40) as load:

            def named() -> set[str]:
                found: set[str] = eval(settled.python(gateway, resolve))  # noqa: S307
                return found - before

            wait("the DNS answer has a new address", named, seconds=120)
            time.sleep(5)
            [new] = named()
            first = received()
            time.sleep(8)
            second = received()
        rates = {address: second[address] - first[address] for address in second}
        share = rates[new] / sum(rates.values())
        record("share of a new replica", share=round(share, 3), replicas=len(rates))
        assert load.failures == []
        assert share > 0.5 / len(rates), f"of the bytes received: {rates}"
    finally:
        patch("bento", NAMESPACE, {"spec": {"minReplicas": least}})


def test_a_privileged_pod_is_refused(cluster: Cluster) -> None:
    container = {
        "name": "root",
        "image": cluster.image("gateway"),
        "securityContext": {"privileged": True},
    }
    pod = {"metadata": {"name": "privileged"}, "spec": {"containers": [container]}}
    with pytest.raises(kubernetes.client.ApiException, match="PodSecurity") as refused:
        cluster.core.create_namespaced_pod(NAMESPACE, pod, dry_run="All")
    assert refused.value.status == 403


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_the_root_is_read_only(name: str, settled: Cluster) -> None:
    code = """
import os
try:
    open('/app/x', 'w')
except OSError as error:
    print(os.getuid(), error.strerror)
"""
    [pod, *_] = settled.ready(name)
    assert settled.python(pod.metadata.name, code).strip() == "10001 Read-only file system"


def test_only_the_gateway_can_be_reached(settled: Cluster, url: str) -> None:
    assert settled
    assert ask(f"{url}/livez")[0] == 200
    assert ask(f"{url}/metrics")[0] == 404
    assert ask(f"{url}/sentiment", {"text": "good"})[0] == 404
    assert ask(f"{url}/classify", {"texts": ["good"]})[0] == 404


def test_flows_that_no_policy_opens_are_closed(settled: Cluster) -> None:
    if not os.environ.get("ENFORCED"):
        pytest.skip("ENFORCED is not set: this cluster's network may not heed NetworkPolicies")
    code = """
import socket
try:
    socket.create_connection(('gateway', 80), 5)
    print('open')
except TimeoutError:
    print('closed')
"""
    [pod, *_] = settled.ready("bento")
    assert settled.python(pod.metadata.name, code).strip() == "closed"
