"""A gateway and a Bento as the pods of a cluster, behind a small API server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from processes import Process, answers, free_port, module
from tests.support.examined import Examined, port_of
from tests.support.gateways import Gateway
from tests.support.kubernetes_api import API, serving
from tests.support.kubernetes_objects import healthy


@pytest.fixture(scope="module")
def bento_ports() -> Iterator[dict[tuple[str, int], int]]:
    """Where the ports of two Bentos are: one process, as both have one artifact."""
    port, metrics_port = free_port(), free_port()
    environment = {"BENTO_PORT": str(port), "BENTO_METRICS_PORT": str(metrics_port)}
    with Process("the Bento", module("bento"), environment=environment) as process:
        process.wait_until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), seconds=60)
        yield {
            (f"bento-{number}", inside): outside
            for number in range(2)
            for inside, outside in ((3000, port), (9091, metrics_port))
        }


@pytest.fixture(scope="module")
def gateway(bento_ports: dict[tuple[str, int], int]) -> Iterator[Gateway]:
    with Gateway(f"http://127.0.0.1:{bento_ports['bento-0', 3000]}") as gateway:
        yield gateway


@pytest.fixture
def api(gateway: Gateway, bento_ports: dict[tuple[str, int], int]) -> API:
    ports = dict(bento_ports)
    for number in range(2):
        ports[f"gateway-{number}", 8000] = gateway.address[1]
        ports[f"gateway-{number}", 9090] = port_of(gateway.metrics_url)
    return API(healthy(), ports=ports)


@pytest.fixture
async def examined(gateway: Gateway, api: API, tmp_path: Path) -> AsyncIterator[Examined]:
    async with serving(api) as server:
        yield Examined(gateway, server, tmp_path)
