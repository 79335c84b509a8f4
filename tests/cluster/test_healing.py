"""After a bad apply, the apply that corrects it is accepted, and all is well again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.cluster import OVERLAY, Cluster, kubectl, wait
from tests.cluster.steady_load import SteadyLoad

pytestmark = pytest.mark.timeout(600)

BAD = {
    "an image that does not exist": """
images:
  - name: {image}
    newTag: no-such-tag
""",
    "a store that does not exist": """
configMapGenerator:
  - name: gateway
    namespace: valence
    behavior: merge
    literals: ["AWS_ENDPOINT_URL_DYNAMODB=http://nowhere:8000"]
""",
    "a setting that is refused": """
configMapGenerator:
  - name: gateway
    namespace: valence
    behavior: merge
    literals: [GATEWAY_STORE=postgres]
""",
}


@pytest.mark.parametrize("fault", BAD)
def test_the_correcting_apply_heals(fault: str, settled: Cluster, url: str, tmp_path: Path) -> None:
    image = settled.image("gateway").rpartition(":")[0]
    overlay = os.path.relpath(OVERLAY.resolve(), tmp_path.resolve())
    (tmp_path / "kustomization.yaml").write_text(
        f"resources: [{overlay}]\n{BAD[fault].format(image=image)}"
    )
    before = {pod.metadata.name for pod in settled.pods("gateway")}

    def new() -> list[Any]:
        return [pod for pod in settled.pods("gateway") if pod.metadata.name not in before]

    def fails() -> bool:
        statuses = [
            status
            for pod in new()
            for status in [
                *(pod.status.init_container_statuses or []),
                *(pod.status.container_statuses or []),
            ]
        ]
        return any(
            status.restart_count
            or status.state.terminated
            or (status.state.waiting and "Pull" in status.state.waiting.reason)
            for status in statuses
        )

    with SteadyLoad(url) as load:
        kubectl("apply", "-k", str(tmp_path))
        try:
            wait("the new pod fails", fails, seconds=180)
        finally:
            kubectl("apply", "-k", str(OVERLAY))
        wait("only good pods are left", lambda: not new(), seconds=120)
        settled.settle()
    assert load.failures == []
