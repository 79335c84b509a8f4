"""An update from the last release's manifests and images to these loses no comment.

RELEASE is its tag or commit in this repository, RELEASE_TAG the tag of its images in the cluster.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtest.harness.quantiles import quantile
from tests.cluster.cluster import DEPLOYMENTS, OVERLAY, Cluster, kubectl, wait
from tests.cluster.figures import record
from tests.cluster.steady_load import SteadyLoad
from tests.cluster.table import models

RELEASE = os.environ.get("RELEASE", "")
RELEASE_TAG = os.environ.get("RELEASE_TAG", "")

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(not (RELEASE and RELEASE_TAG), reason="RELEASE and RELEASE_TAG name none"),
]


@pytest.fixture
def release(tmp_path: Path, cluster: Cluster) -> Iterator[Path]:
    """The folder of an overlay: the release's manifests, with the images that the cluster has."""
    worktree = tmp_path / "release"
    git = ["git", "worktree"]
    subprocess.run([*git, "add", "--detach", str(worktree), RELEASE], check=True)
    try:
        folder = tmp_path / "overlay"
        folder.mkdir()
        images = "".join(
            f"  - {{name: {cluster.image(name).rpartition(':')[0]}, newTag: {RELEASE_TAG}}}\n"
            for name in DEPLOYMENTS
        )
        base = os.path.relpath((worktree / OVERLAY).resolve(), folder.resolve())
        (folder / "kustomization.yaml").write_text(f"resources: [{base}]\nimages:\n{images}")
        yield folder
    finally:
        subprocess.run([*git, "remove", "--force", str(worktree)], check=True)


def test_an_update_from_the_last_release_loses_nothing(
    release: Path, settled: Cluster, url: str
) -> None:
    try:
        kubectl("apply", "-k", str(release))
        settled.settle()
        old = {name: settled.image(name) for name in DEPLOYMENTS}
        assert {image.rpartition(":")[2] for image in old.values()} == {RELEASE_TAG}
        before = {pod.metadata.name for name in DEPLOYMENTS for pod in settled.pods(name)}

        def ended() -> bool:
            pods = [pod for name in DEPLOYMENTS for pod in settled.all_pods(name)]
            return not before & {pod.metadata.name for pod in pods}

        with SteadyLoad(url) as load:
            wait("the first answers", lambda: len(load.acknowledged) > 20, seconds=30)
            kubectl("apply", "-k", str(OVERLAY))
            settled.settle()
            wait("the release's pods end", ended, seconds=120)
        assert all(settled.image(name) != image for name, image in old.items())
    finally:
        kubectl("apply", "-k", str(OVERLAY))
        settled.settle()
    record(
        f"update from {RELEASE}",
        sent=load.sent,
        failed=len(load.failures),
        p99_seconds=round(quantile(load.seconds, 0.99), 3),
        slowest_seconds=round(max(load.seconds), 3),
    )
    assert load.failures == []
    assert models(settled, load.acknowledged).keys() == load.acknowledged
