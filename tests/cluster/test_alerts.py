"""The likeliest failures fire their alerts: a real Prometheus watches the cluster with our rules.

`ALERTS=all` also tries those that take a quarter of an hour, and waits for the later alerts.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from k8s.monitoring.alerts import ERRORS
from tests.cluster.cluster import NAMESPACE, Cluster, wait
from tests.cluster.figures import record
from tests.cluster.steady_load import SteadyLoad
from tests.cluster.watching import prometheus
from tests.support.prometheus import PROMETHEUS, Alert, Prometheus

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.skipif(PROMETHEUS is None, reason="Debian has it as prometheus"),
]

COMMENT = {"comment": "Does anybody notice?"}


class Watch:
    """Notes when each alert began to fire and when it ended."""

    def __init__(self, running: Prometheus) -> None:
        self._prometheus = running
        self._zero = time.monotonic()
        self.began: dict[Alert, float] = {}
        """Seconds since `restart`, by the alert."""
        self.ended: dict[Alert, float] = {}

    def restart(self) -> None:
        """Count the seconds from now."""
        self._zero = time.monotonic()
        self.began, self.ended = {}, {}

    def look(self) -> set[Alert]:
        """The alerts that fire now."""
        now, firing = round(time.monotonic() - self._zero), self._prometheus.firing()
        for alert in firing:
            self.began.setdefault(alert, now)
        for alert in self.began.keys() - firing:
            self.ended.setdefault(alert, now)
        return firing

    def wait_for(self, *alerts: Alert, seconds: float) -> None:
        """Return once all of them have begun."""
        wait(f"{alerts}", lambda: self.look() and {*alerts} <= self.began.keys(), seconds=seconds)

    def wait_for_end(self, *alerts: Alert, seconds: float) -> None:
        """Return once none of them fires."""
        wait(f"the end of {alerts}", lambda: not {*alerts} & self.look(), seconds=seconds)

    def figures(self) -> dict[str, dict[str, float]]:
        """All of it, for the file of figures."""
        return {
            "began": {f"{alert.name}, {alert.severity}": at for alert, at in self.began.items()},
            "ended": {f"{alert.name}, {alert.severity}": at for alert, at in self.ended.items()},
        }


@pytest.fixture
def watch(settled: Cluster, tmp_path: Path) -> Iterator[Watch]:
    """Each test's own, which knows nothing of the failures of others."""
    with prometheus(settled, tmp_path) as running:
        for part in ("gateway", "bento"):
            up = f'up{{namespace="{NAMESPACE}",service="{part}-metrics"}} == 1'
            assert len(running.wait_for(f"count({up}) >= 2", seconds=60)) == 1
        assert running.wait_for(ERRORS.recorded("5m"), seconds=90)
        yield Watch(running)


@pytest.mark.parametrize(
    ("kind", "name", "alert"),
    [
        ("deployment", "bento", Alert("ValenceNoModel", "page")),
        ("stateful_set", "dynamodb", Alert("ValenceStoreDown", "page")),
    ],
)
def test_an_outage_pages_within_minutes_and_its_end_ends_it(
    kind: str,
    name: str,
    alert: Alert,
    settled: Cluster,
    url: str,
    client: httpx.Client,
    watch: Watch,
    request: pytest.FixtureRequest,
) -> None:
    def refused() -> bool:
        return bool(client.post("/comments", json=COMMENT).is_error)

    assert alert not in watch.look()
    with SteadyLoad(url, 1):
        with settled.without_pods(kind, name):
            wait("a refusal", refused, seconds=60)
            watch.restart()
            watch.wait_for(alert, seconds=180)
            if "ALERTS" in os.environ:
                # What else fires if it lasts.
                watch.wait_for(Alert("ValenceNothingStored", "page"), seconds=300)
            began = watch.figures()["began"]
        wait("a comment", lambda: not refused(), seconds=60)
        watch.restart()
        watch.look()
        watch.wait_for_end(alert, seconds=180)
    record(request.node.name, began=began, ended=watch.figures()["ended"])


@contextlib.contextmanager
def tokens_that_nobody_knows(cluster: Cluster) -> Iterator[None]:
    """The gateways want a token that the clients do not have."""
    digest = "0" * 64
    names = {"GATEWAY_AUTH": "tokens", "GATEWAY_TOKENS": f"shop submit {digest}"}
    environment: list[dict[str, Any]] = [{"name": k, "value": v} for k, v in names.items()]

    def patch(given: list[dict[str, Any]]) -> None:
        container = {"name": "gateway", "env": given}
        cluster.patch_template("gateway", {"spec": {"containers": [container]}})
        wait("the gateways", lambda: cluster.rolled_out("gateway"), seconds=180)

    patch(environment)
    try:
        yield
    finally:
        patch([{"$patch": "delete", "name": name} for name in names])


@contextlib.contextmanager
def autoscaler_at_its_maximum(cluster: Cluster) -> Iterator[None]:
    """The gateway's may have no more pods than there are."""
    patch: Any = cluster.autoscaling.patch_namespaced_horizontal_pod_autoscaler
    most = cluster.autoscaler("gateway").spec.max_replicas
    patch("gateway", NAMESPACE, {"spec": {"maxReplicas": 2}})
    try:
        yield
    finally:
        patch("gateway", NAMESPACE, {"spec": {"maxReplicas": most}})


@contextlib.contextmanager
def image_that_is_not_there(cluster: Cluster) -> Iterator[None]:
    """A rollout of the Bento whose image cannot be pulled."""
    tag = cluster.image("bento").rpartition(":")[2]
    cluster.set_tag("bento", "there-is-no-such-tag")
    try:
        yield
    finally:
        cluster.set_tag("bento", tag)
        wait("the Bento", lambda: cluster.rolled_out("bento"), seconds=180)


@pytest.mark.skipif("ALERTS" not in os.environ, reason="ALERTS=all tries them")
@pytest.mark.parametrize(
    ("failure", "alert", "seconds"),
    [
        (tokens_that_nobody_knows, Alert("ValenceNoComments", "page"), 720),
        (image_that_is_not_there, Alert("ValenceRolloutStalls", "ticket"), 540),
        (autoscaler_at_its_maximum, Alert("ValenceAtMaximum", "ticket"), 1080),
    ],
    ids=["a wrong token", "a bad image", "an autoscaler at its maximum"],
)
def test_what_takes_longer(
    failure: Callable[[Cluster], contextlib.AbstractContextManager[None]],
    alert: Alert,
    seconds: float,
    settled: Cluster,
    url: str,
    watch: Watch,
    request: pytest.FixtureRequest,
) -> None:
    assert alert not in watch.look()
    with SteadyLoad(url, 1):
        with failure(settled):
            watch.restart()
            watch.wait_for(alert, seconds=seconds)
            began = watch.figures()["began"]
        watch.restart()
        watch.look()
        watch.wait_for_end(alert, seconds=300)
    record(request.node.name, began=began, ended=watch.figures()["ended"])
