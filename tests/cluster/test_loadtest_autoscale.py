"""`python -m loadtest autoscale` against the cluster: it reports the scaling and no loss."""

from __future__ import annotations

import subprocess

import pytest

from loadtest.autoscale import figures as autoscale_figures
from loadtest.autoscale.result import Autoscale
from loadtest.reporting import result as results
from processes import module
from tests.cluster.cluster import Cluster, wait
from tests.cluster.figures import record

pytestmark = pytest.mark.timeout(900)

# Comments a second and seconds. The middle rate is twice what brings two gateways to their target
# utilisation where a pod requests a tenth of a core (components/small): 30 to 40 each, measured.
STAGES = "5:20,150:80,5:100"


def test_a_step_of_load_is_scaled_for_without_loss(settled: Cluster, url: str) -> None:
    min_replicas = settled.autoscaler("gateway").spec.min_replicas
    wait("the autoscaler has its metric", lambda: settled.utilization("gateway"), seconds=180)
    wait(
        "the replicas are at their minimum",
        lambda: len(settled.ready("gateway")) == min_replicas,
        seconds=600,
    )
    before = set(results.FOLDER.glob("autoscale-*.json"))
    done = subprocess.run(
        module("loadtest", "autoscale", "--url", url, "--stages", STAGES),
        capture_output=True,
        text=True,
        check=False,
    )
    [file] = set(results.FOLDER.glob("autoscale-*.json")) - before
    result = results.load(file, Autoscale)
    scaling = autoscale_figures.scaling(result, "gateway")
    record("autoscale", lost=result.lost, **scaling._asdict())
    assert done.returncode == 0, done.stdout + done.stderr
    assert result.lost == 0
    assert scaling.most > min_replicas, done.stdout
    assert scaling.first_seconds is not None
    assert scaling.restarts == 0
    assert any(each.scaled["gateway"].cpu for each in result.samples)
    assert any(event.reason == "SuccessfulRescale" for event in result.events)
    for suffix in (".png", ".svg", ".html"):
        assert file.with_suffix(suffix).exists()
