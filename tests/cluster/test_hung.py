"""A process that does not answer its liveness probe is killed without the wait of preStop."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster.cluster import DEPLOYMENTS, Cluster, wait
from tests.cluster.figures import record

pytestmark = pytest.mark.timeout(600)

# The start, three probes five seconds apart, and the kill; with preStop it would be 25 to 50 more.
MAX_LIFE_SECONDS = 32


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_it_is_killed_soon(name: str, settled: Cluster) -> None:
    [container] = settled.deployment(name).spec.template.spec.containers
    path = container.liveness_probe.http_get.path

    def probe(path: str) -> None:
        """Roll out another path of the liveness probe."""
        other: dict[str, Any] = {"name": name, "livenessProbe": {"httpGet": {"path": path}}}
        settled.patch_template(name, {"spec": {"containers": [other]}})

    def ended() -> list[Any]:
        """How containers of the pods ended that have been started again."""
        statuses = [
            status for pod in settled.pods(name) for status in pod.status.container_statuses or []
        ]
        return [status.last_state.terminated for status in statuses if status.last_state.terminated]

    before = len(ended())
    probe("/nowhere")
    try:
        wait("a container is killed", lambda: len(ended()) > before, seconds=180)
        last = max(ended(), key=lambda state: state.finished_at)
    finally:
        probe(path)
        settled.settle()
    life = (last.finished_at - last.started_at).total_seconds()
    record(f"life of a {name} that fails its liveness probe", seconds=life, code=last.exit_code)
    assert life < MAX_LIFE_SECONDS
