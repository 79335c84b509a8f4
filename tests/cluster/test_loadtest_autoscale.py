"""`python -m loadtest autoscale` against the cluster: it reports the scaling and no loss."""

from __future__ import annotations

import subprocess
import time

import pytest

from loadtest.autoscale import figures as autoscale_figures
from loadtest.autoscale.result import Autoscale
from loadtest.reporting import result as results
from processes import module
from tests.cluster import cpu
from tests.cluster.cluster import Cluster, wait
from tests.cluster.figures import record
from tests.cluster.steady_load import SteadyLoad

pytestmark = pytest.mark.timeout(900)

# A load at which a comment costs as much as in the step, and how long it is measured.
MEASURED_PER_SECOND, MEASURED_SECONDS = 60, 10


def rate_at_target(cluster: Cluster, url: str) -> float:
    """Comments a second that bring the gateways that there are to their target utilisation."""
    target = cluster.autoscaler("gateway").spec.metrics[0].resource.target.average_utilization
    with SteadyLoad(url, per_second=MEASURED_PER_SECOND) as load:
        wait("the first answers", lambda: len(load.acknowledged) > 20, seconds=30)
        before, first = cpu.seconds(cluster, "gateway"), len(load.acknowledged)
        time.sleep(MEASURED_SECONDS)
        used, comments = cpu.seconds(cluster, "gateway") - before, len(load.acknowledged) - first
    cores = cpu.requested(cluster, "gateway") * target / 100 * len(cluster.ready("gateway"))
    return float(cores / (used / comments))


def test_a_step_of_load_is_scaled_for_without_loss(settled: Cluster, url: str) -> None:
    min_replicas = settled.autoscaler("gateway").spec.min_replicas
    wait("the autoscaler has its metric", lambda: settled.utilization("gateway"), seconds=180)
    wait(
        "the replicas are at their minimum",
        lambda: len(settled.ready("gateway")) == min_replicas,
        seconds=600,
    )
    step = 2 * rate_at_target(settled, url)
    before = set(results.FOLDER.glob("autoscale-*.json"))
    done = subprocess.run(
        module("loadtest", "autoscale", "--url", url, "--stages", f"5:20,{step:.0f}:80,5:100"),
        capture_output=True,
        text=True,
        check=False,
    )
    [file] = set(results.FOLDER.glob("autoscale-*.json")) - before
    result = results.load(file, Autoscale)
    scaling = autoscale_figures.scaling(result, "gateway")
    record("autoscale", step_per_second=round(step), lost=result.lost, **scaling._asdict())
    assert done.returncode == 0, done.stdout + done.stderr
    assert result.lost == 0
    assert scaling.most > min_replicas, done.stdout
    assert scaling.first_seconds is not None
    assert scaling.restarts == 0
    assert any(each.scaled["gateway"].cpu for each in result.samples)
    assert any(event.reason == "SuccessfulRescale" for event in result.events)
    for suffix in (".png", ".svg", ".html"):
        assert file.with_suffix(suffix).exists()
