"""The real servers that tests use, each started once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
from hypothesis import settings

import bento.settings
import gateway.settings
from loadtest.servers import dynamodb_local
from processes import Process, answers, free_port, module
from tests.support.gateways import Gateway

# How long an example takes says more about the machine than about the code.
settings.register_profile("valence", deadline=None)
settings.load_profile("valence")


@pytest.fixture(scope="session", autouse=True)
def no_settings() -> Iterator[None]:
    """Hide the settings of the user who runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for part in (bento.settings, gateway.settings):
            current = [field.encode_name for field in msgspec.structs.fields(part.Settings)]
            for name in (*current, *part.RENAMED):
                patch.delenv(name, raising=False)
        # One port is not enough for the Bentos of the tests.
        patch.setenv("BENTO_METRICS_PORT", "0")
        for name in [name for name in os.environ if name.startswith("OTEL_")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def bento_url() -> Iterator[str]:
    """A running Bento with the trained artifact."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with Process("the Bento", module("bento"), environment={"BENTO_PORT": str(port)}) as process:
        process.wait_until(lambda: answers(f"{url}/readyz"), seconds=60)
        yield url


@pytest.fixture(scope="session")
def shared_gateway(bento_url: str) -> Iterator[Gateway]:
    """A running gateway, for tests that only add comments."""
    with Gateway(bento_url) as gateway:
        yield gateway


@pytest.fixture(scope="session")
def gateway_url(shared_gateway: Gateway) -> str:
    return shared_gateway.url


@pytest.fixture(scope="session")
def client(gateway_url: str) -> Iterator[httpx.Client]:
    """A client of the shared gateway."""
    with httpx.Client(base_url=gateway_url, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def dynamodb_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running DynamoDB Local that writes to disk."""
    data: Path = tmp_path_factory.mktemp("dynamodb")
    with dynamodb_local.run(data) as url, pytest.MonkeyPatch.context() as patch:
        for name, value in dynamodb_local.CREDENTIALS.items():
            patch.setenv(name, value)
        patch.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
        yield url
