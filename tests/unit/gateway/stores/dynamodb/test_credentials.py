"""The client's credentials, from an agent as on EKS."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import pytest

from gateway.errors import MisconfiguredError, StoreUnavailableError
from gateway.stores.dynamodb import credentials
from gateway.stores.dynamodb.client import (
    Client,
)
from tests.support.dynamodb_server import Server, assert_signed


async def test_credentials_are_asked_for_once(server: Server, client: Client) -> None:
    for _ in range(3):
        await client.call("GetItem", {})
    assert server.handed_out == ["key 0"]


async def test_credentials_that_end_soon_are_renewed(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "REFRESH_SECONDS", 0)
    server.lifetime = dt.timedelta(minutes=1)
    used = []
    for _ in range(2):
        await client.call("GetItem", {})
        assert_signed(*server.requests[-1], server.handed_out[-1])
        used.append(server.handed_out[-1])
    assert used[0] != used[1]


async def test_callers_wait_for_the_same_credentials(server: Server, client: Client) -> None:
    await asyncio.gather(*(client.call("GetItem", {}) for _ in range(10)))
    assert server.handed_out == ["key 0"]


async def test_credentials_that_do_not_come_are_not_waited_for(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "LOOKUP_SECONDS", 0.1)
    server.open.clear()
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match="lookup failed"):
            await client.call("GetItem", {})
    assert len(server.handed_out) <= 1
    server.open.set()


async def test_a_provider_that_fails(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(tmp_path / "missing"))
    with pytest.raises(StoreUnavailableError, match="lookup failed"):
        await client.call("GetItem", {})
    assert not server.requests


async def test_no_credentials(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    with pytest.raises(MisconfiguredError, match="there are no credentials"):
        await client.call("GetItem", {})
    assert not server.requests
