"""Clients that leave an export, or that read it slowly."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import httpx
import pytest

from gateway.ledger.service import MAX_EXPORTS
from gateway.stores.sqlite.store import SQLiteStore
from tests.support.gateways import Gateway
from tests.support.records import an_entry, insert_all
from tests.support.until import until

# More than the pipe and the sockets of an export take up.
RECORDS = 8_000
TEXT = "x" * 4_900
REQUEST = b"GET /comments/export HTTP/1.1\r\nHost: localhost\r\n\r\n"
FREED_SECONDS = 5


@pytest.fixture(scope="module")
def gateway(bento_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    path = tmp_path_factory.mktemp("store") / "comments.db"

    async def fill() -> None:
        store = SQLiteStore(path)
        await insert_all(store, [an_entry(f"{number} {TEXT}") for number in range(RECORDS)])
        await store.close()

    asyncio.run(fill())
    with Gateway(bento_url, GATEWAY_SQLITE_PATH=path, GATEWAY_REQUEST_SECONDS=2) as gateway:
        yield gateway


def begin(gateway: Gateway) -> socket.socket:
    """An export whose first bytes have come."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.settimeout(10)
    connection.connect(gateway.address)
    connection.sendall(REQUEST)
    assert connection.recv(1_024).startswith(b"HTTP/1.1 200 ")
    return connection


def pipes(gateway: Gateway) -> int:
    """Descriptors of pipes that the gateway has open."""
    folder = Path(f"/proc/{gateway.process.pid}/fd")
    count = 0
    for descriptor in folder.iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            count += str(descriptor.readlink()).startswith("pipe:")
    return count


def ended(gateway: Gateway) -> float:
    """Exports that have ended, one way or another."""
    name = "valence_gateway_request_duration_seconds_count"
    labels = ("method=GET", "route=/comments/export", "status=200")
    return gateway.samples().get((name, *labels), 0)


async def test_aborted_exports_free_their_slots_and_descriptors(gateway: Gateway) -> None:
    pipes_before, ended_before = pipes(gateway), ended(gateway)
    for left in range(MAX_EXPORTS, 4 * MAX_EXPORTS, MAX_EXPORTS):
        for _ in range(MAX_EXPORTS):
            begin(gateway).close()
        await until(lambda: ended(gateway) == ended_before + left, seconds=FREED_SECONDS)  # noqa: B023
    await until(lambda: pipes(gateway) == pipes_before, seconds=FREED_SECONDS)
    async with httpx.AsyncClient(base_url=gateway.url, timeout=60) as client:
        assert (await client.get("/comments?limit=1")).status_code == 200
        exported = (await client.get("/comments/export")).text
    assert exported.count("\n") == RECORDS + 1


def test_slow_exports_leave_listings_and_statistics_alone(gateway: Gateway) -> None:
    with ExitStack() as readers, httpx.Client(base_url=gateway.url, timeout=10) as client:
        for _ in range(MAX_EXPORTS):
            readers.enter_context(closing(begin(gateway)))
        for path in ("/comments?limit=1", "/statistics"):
            assert client.get(path).status_code == 200
        refusal = client.get("/comments/export")
        assert (refusal.status_code, refusal.headers["Retry-After"]) == (503, "1")
        assert "too many exports" in refusal.json()["detail"]
