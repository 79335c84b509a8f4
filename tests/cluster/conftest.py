"""The cluster under test; its state is added to the report of a test that fails."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator

import httpx
import pytest

from tests.cluster.cluster import Cluster

_cluster: list[Cluster] = []


@pytest.fixture(scope="session")
def url() -> str:
    """Base URL of the Ingress."""
    url = os.environ.get("CLUSTER_URL", "").rstrip("/")
    if not url or "KUBECONFIG" not in os.environ:
        pytest.skip("there is no cluster: make test-cluster KUBECONFIG=… URL=…")
    return url


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    """A client of the gateway, through the Ingress."""
    with httpx.Client(base_url=url, timeout=15) as client:
        yield client


@pytest.fixture(scope="session")
def cluster(url: str) -> Cluster:
    assert url
    cluster = Cluster()
    _cluster.append(cluster)
    return cluster


@pytest.fixture
def settled(cluster: Cluster) -> Cluster:
    """The cluster, with every Deployment rolled out."""
    cluster.settle()
    return cluster


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and _cluster and call.when == "call":
        report.sections += list(_cluster[0].state())
    return report
