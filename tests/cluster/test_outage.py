"""What all gateways share is out: they stay, serve the page, and say what is wrong through the
Ingress; and a rollout that cannot reach it stalls, so that the old pods serve."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.cluster.cluster import Cluster, wait
from tests.cluster.figures import record
from tests.cluster.steady_load import SteadyLoad
from tests.support.api import assert_unavailable, post_comment

pytestmark = pytest.mark.timeout(900)

COMMENT = {"comment": "Is anybody there?"}
# Readiness fails after three probes, five seconds apart.
UNREADY_SECONDS = 30


@contextlib.contextmanager
def rolled_out(cluster: Cluster, **settings: str) -> Iterator[str]:
    """A rollout of the gateway with other settings; yields the name of its first pod."""
    before = {pod.metadata.name for pod in cluster.pods("gateway")}

    def new() -> list[str]:
        names = {pod.metadata.name for pod in cluster.pods("gateway")}
        return sorted(names - before)

    def patch(environment: list[dict[str, str]] | None) -> None:
        container: dict[str, Any] = {"name": "gateway", "env": environment}
        cluster.patch_template("gateway", {"spec": {"containers": [container]}})

    patch([{"name": name, "value": value} for name, value in settings.items()])
    try:
        wait("a new pod", new, seconds=60)
        yield new()[0]
    finally:
        undo = [{"$patch": "delete", "name": name} for name in settings]
        patch(undo)
        cluster.settle()


def gateways(cluster: Cluster) -> set[str]:
    return {pod.metadata.name for pod in cluster.ready("gateway")}


def test_without_its_store_the_gateways_stay_and_say_so(
    settled: Cluster, client: httpx.Client, request: pytest.FixtureRequest
) -> None:
    kept = post_comment(client, "Kept while the store is gone.")
    before = gateways(settled)
    seconds: list[float] = []
    details: set[str] = set()
    with settled.without_pods("stateful_set", "dynamodb"):
        # The first ones find out; from then on refusals come at once.
        wait("a refusal", lambda: client.post("/comments", json=COMMENT).is_error, seconds=30)
        ends = time.monotonic() + UNREADY_SECONDS
        while time.monotonic() < ends:
            answer = client.post("/comments", json=COMMENT)
            assert_unavailable(answer, 503)
            seconds.append(answer.elapsed.total_seconds())
            details.add(answer.json()["detail"])
            assert client.get("/").status_code == 200
            # The autoscaler may add some.
            assert gateways(settled) >= before
    wait(
        "comments are taken", lambda: client.post("/comments", json=COMMENT).is_success, seconds=30
    )
    assert client.get(f"/comments/{kept['comment_id']}").json() == kept
    assert gateways(settled) >= before
    seconds.sort()
    record(
        request.node.name,
        refused=len(seconds),
        median_seconds=round(seconds[len(seconds) // 2], 3),
        slowest_seconds=round(seconds[-1], 3),
        details=sorted(details),
    )
    assert not any("too many" in detail for detail in details)
    # One gateway may have found out later than the other.
    assert seconds[int(0.9 * len(seconds))] < 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"DYNAMODB_TABLE_NAME": "nowhere"}, ""),
        ({"MICROSERVICE_URL": "http://nowhere:3000"}, ""),
        ({"GATEWAY_DRAIN_SECONDS": "soon"}, "gateway: GATEWAY_DRAIN_SECONDS='soon': must be"),
    ],
    ids=["another table", "another Bento", "a wrong setting"],
)
def test_a_bad_rollout_stalls_and_the_old_pods_serve(
    settled: Cluster, url: str, settings: dict[str, str], message: str
) -> None:
    before = gateways(settled)
    with SteadyLoad(url) as load:
        with rolled_out(settled, **settings) as name:

            def status() -> Any:
                [pod] = [pod for pod in settled.pods("gateway") if pod.metadata.name == name]
                return (pod.status.container_statuses or [None])[0]

            if message:

                def last_words() -> str:
                    state = status() and (
                        status().state.terminated or status().last_state.terminated
                    )
                    return str(state.message) if state else ""

                wait("the pod says why it ended", lambda: message in last_words(), seconds=60)
            else:
                wait("the pod runs", lambda: status() and status().state.running, seconds=60)
            time.sleep(UNREADY_SECONDS)
            assert not status().ready
            assert gateways(settled) == before
        wait("more answers", lambda: len(load.acknowledged) > 20, seconds=30)
    assert load.failures == []
