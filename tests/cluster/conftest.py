"""The cluster, what was counted in it, and its state whenever a test fails."""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster

FIGURES = Path(".data/cluster.jsonl")
_cluster: list[Cluster] = []


@pytest.fixture(scope="session")
def url() -> str:
    """Where the Ingress is."""
    found = os.environ.get("CLUSTER_URL", "").rstrip("/")
    if not found or "KUBECONFIG" not in os.environ:
        pytest.skip("there is no cluster: make test-cluster KUBECONFIG=… URL=…")
    return found


@pytest.fixture(scope="session")
def cluster(url: str) -> Cluster:
    assert url
    made = Cluster()
    _cluster.append(made)
    return made


@pytest.fixture
def settled(cluster: Cluster) -> Cluster:
    cluster.settle()
    return cluster


def record(test: str, **figures: object) -> None:
    """Keep what was counted, a line of JSON for each test."""
    FIGURES.parent.mkdir(exist_ok=True)
    with FIGURES.open("a") as file:
        file.write(json.dumps({"test": test, **figures}) + "\n")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and _cluster and call.when == "call":
        report.sections += list(_cluster[0].state())
    return report
