"""A canary, as k8s/MODELS.md describes it, under load: begun, given a share, promoted, taken back.

CANARY_TAG names a tag of the Bento's image with another model; tests/README.md tells how to build
it.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from loadtest.harness.quantiles import quantile
from tests.cluster import guide
from tests.cluster.cluster import CANARY, OVERLAY, Cluster, kubectl, wait
from tests.cluster.figures import record
from tests.cluster.steady_load import SteadyLoad
from tests.cluster.table import models
from tests.support.doctor import check

TAG = os.environ.get("CANARY_TAG", "")
pytestmark = [
    pytest.mark.timeout(1500),
    pytest.mark.skipif(not TAG, reason="CANARY_TAG names no image of a Bento with another model"),
]

PER_SECOND = 40
MEASURED_SECONDS = 40
"""Of 1,600 comments, a third is between 30 and 37 % in 99.8 % of all cases."""
ADOPTION_SECONDS = 5
MAX_DEVIATION = 0.05
STABLE_PODS = 2
RESOLVE = "import socket; print(*{a[4][0] for a in socket.getaddrinfo('bento', 3000)})"
DIGEST = """
from pathlib import Path
from bento import settings
from bento.model import artifact
print(artifact.load(Path(settings.load().bento_artifact_dir)).digest)
"""
TEXTS = """
import urllib.request
lines = urllib.request.urlopen('http://127.0.0.1:9091/metrics').read().decode().splitlines()
counts = [float(line.split()[-1]) for line in lines if line.startswith('valence_bento_texts_total')]
print(int(sum(counts)))
"""


class Mine:
    """An overlay of one's own, as the guide shows it, on top of the one that is applied."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        self._folder = folder.resolve()
        self._name, _, self._tag = cluster.image("bento").rpartition(":")

    def write(self, *, canaries: int | None, promoted: bool = False) -> None:
        """Make it what the guide says at each step; None: without a canary."""
        shown = guide.overlay("Begin")
        stable, canary = shown["images"]
        stable |= {"name": self._name, "newTag": TAG if promoted else self._tag}
        canary |= {"newName": self._name, "newTag": TAG}
        [replicas] = shown["replicas"]
        replicas["count"] = canaries
        scaler = {"kind": "HorizontalPodAutoscaler", "name": "bento"}
        pin = [{"op": "replace", "path": "/spec/maxReplicas", "value": STABLE_PODS}]
        overlay: dict[str, object] = {
            **shown,
            "resources": [self._to(OVERLAY)],
            "components": [self._to(Path("k8s/components/canary"))],
            # So that the share is known.
            "patches": [{"target": scaler, "patch": yaml.safe_dump(pin)}],
        }
        if canaries is None:
            overlay |= {"components": [], "images": [stable], "replicas": []}
        (self._folder / "kustomization.yaml").write_text(yaml.safe_dump(overlay))

    def follow(self, heading: str) -> None:
        guide.follow(heading, str(self._folder))

    def _to(self, folder: Path) -> str:
        return os.path.relpath(folder.resolve(), self._folder)


@pytest.fixture
def mine(settled: Cluster, tmp_path: Path) -> Iterator[Mine]:
    yield Mine(tmp_path, settled)
    kubectl("-n", "valence", "delete", f"deployment/{CANARY}", "--ignore-not-found")
    kubectl("apply", "-k", str(OVERLAY))
    settled.settle()
    wait("the canary is gone", lambda: not settled.all_pods(CANARY), seconds=120)


def digests(cluster: Cluster, name: str) -> set[str]:
    return {cluster.python(pod.metadata.name, DIGEST).strip() for pod in cluster.ready(name)}


def texts(cluster: Cluster) -> dict[str, int]:
    """How many texts each pod has classified, by its name."""
    pods = [pod.metadata.name for name in ("bento", CANARY) for pod in cluster.ready(name)]
    return {pod: int(cluster.python(pod, TEXTS)) for pod in pods}


def are_known(cluster: Cluster) -> Callable[[], bool]:
    """Whether all gateways know the addresses of all Bentos that are ready, and no others."""

    def known() -> bool:
        ready = {pod.status.pod_ip for name in ("bento", CANARY) for pod in cluster.ready(name)}
        return all(
            {*cluster.python(pod.metadata.name, RESOLVE).split()} == ready
            for pod in cluster.ready("gateway")
        )

    return known


def test_a_canary_gets_its_share_is_promoted_and_taken_back(
    settled: Cluster, url: str, mine: Mine
) -> None:
    [old] = digests(settled, "bento")
    measured: dict[str, Counter[str]] = {}
    with SteadyLoad(url, per_second=PER_SECOND) as load:

        def measure(step: str) -> float:
            """The new model's share of the comments that come within some time."""
            wait("the gateways know all Bentos", are_known(settled), seconds=180)
            time.sleep(ADOPTION_SECONDS)
            before = load.models.copy()
            time.sleep(MEASURED_SECONDS)
            # In the order in which they came.
            measured[step] = Counter([*load.models.copy().values()][len(before) :])
            return 1 - measured[step][old] / measured[step].total()

        wait("the first answers", lambda: len(load.acknowledged) > 20, seconds=30)
        wait(
            "there are so many stable pods",
            lambda: len(settled.ready("bento")) == STABLE_PODS,
            seconds=600,
        )

        mine.write(canaries=1)
        mine.follow("Begin")
        [new] = digests(settled, CANARY)
        assert new != old, "the image of CANARY_TAG has the same model"
        counted = texts(settled)
        shares = {"one of three": (1 / 3, measure("one of three"))}
        more = {pod: count - counted[pod] for pod, count in texts(settled).items()}
        report = check("--url", url, KUBECONFIG=os.environ["KUBECONFIG"])
        assert report["cluster", "model"].status == "ok", report.output
        assert CANARY in report["cluster", "model"].found
        assert report["outside", "model"].status == "ok", report.output

        mine.write(canaries=2)
        mine.follow("Set the share")
        shares["two of four"] = (1 / 2, measure("two of four"))

        mine.write(canaries=2, promoted=True)
        mine.follow("Promote")
        shares["promoted"] = (1, measure("promoted"))

        mine.follow("Go back")
        shares["taken back"] = (1 / 2, measure("taken back"))

        mine.write(canaries=None)
        mine.follow("End")
        shares["ended"] = (0, measure("ended"))
        assert digests(settled, "bento") == {old}
    texts_of_canary = sum(count for pod, count in more.items() if pod.startswith(CANARY))
    record(
        "canary",
        sent=load.sent,
        failed=len(load.failures),
        shares={step: [round(each, 3) for each in share] for step, share in shares.items()},
        comments={step: count.total() for step, count in measured.items()},
        share_that_the_bentos_counted=round(texts_of_canary / sum(more.values()), 3),
        p99_seconds=round(quantile(load.seconds, 0.99), 3),
        slowest_seconds=round(max(load.seconds), 3),
    )
    assert load.failures == []
    assert len(load.acknowledged) == load.sent
    assert {*load.models.values()} == {old, new}
    assert models(settled, load.acknowledged) == load.models
    for step, (expected, share) in shares.items():
        assert abs(share - expected) <= MAX_DEVIATION, (step, shares)
    # By their own count, which does not depend on what the records say.
    assert abs(texts_of_canary / sum(more.values()) - shares["one of three"][1]) <= MAX_DEVIATION
