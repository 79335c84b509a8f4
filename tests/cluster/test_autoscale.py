"""`python -m loadtest autoscale` against the cluster: it sees the autoscaler work, and no loss."""

from __future__ import annotations

import subprocess

import pytest

from loadtest.autoscale import figures as autoscale_figures
from loadtest.autoscale.result import Autoscale
from loadtest.harness import result as results
from processes import module
from tests.cluster.cluster import Cluster, wait
from tests.cluster.conftest import record

pytestmark = pytest.mark.timeout(900)

# Of one core in all (components/small): twice what brings two gateways to their target.
STAGES = "5:20,60:80,5:100"


def test_a_step_of_load_is_followed_without_loss(settled: Cluster, url: str) -> None:
    least = settled.autoscaler("gateway").spec.min_replicas
    wait("the autoscaler has its metric", lambda: settled.utilization("gateway"), seconds=180)
    wait("it begins with the fewest", lambda: len(settled.ready("gateway")) == least, seconds=600)
    before = set(results.FOLDER.glob("autoscale-*.json"))
    done = subprocess.run(
        module("loadtest", "autoscale", "--url", url, "--stages", STAGES),
        capture_output=True,
        text=True,
        check=False,
    )
    [file] = set(results.FOLDER.glob("autoscale-*.json")) - before
    result = results.load(file, Autoscale)
    found = autoscale_figures.scaling(result, "gateway")
    record("autoscale", lost=result.lost, **found._asdict())
    assert done.returncode == 0, done.stdout + done.stderr
    assert result.lost == 0
    assert found.most > least, done.stdout
    assert found.first_seconds is not None
    assert found.restarts == 0
    assert any(each.scaled["gateway"].cpu for each in result.samples)
    assert any(event.reason == "SuccessfulRescale" for event in result.events)
    for suffix in (".png", ".svg", ".html"):
        assert file.with_suffix(suffix).exists()
