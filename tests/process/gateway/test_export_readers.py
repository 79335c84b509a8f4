"""Clients that leave an export, or that read it slowly."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.ledger.service import MAX_CONCURRENT_LISTINGS
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
        try:
            count += str(descriptor.readlink()).startswith("pipe:")
        except FileNotFoundError:
            continue
    return count


def ended(gateway: Gateway) -> float:
    """Exports that have ended, one way or another."""
    name = "valence_request_seconds_count"
    labels = ("method=GET", "route=/comments/export", "status=200")
    return gateway.samples().get((name, *labels), 0)


async def test_aborted_exports_free_their_slots_and_descriptors(gateway: Gateway) -> None:
    before, ended_before = pipes(gateway), ended(gateway)
    rounds = 3
    for number in range(1, rounds + 1):
        for _ in range(MAX_CONCURRENT_LISTINGS):
            begin(gateway).close()
        expected = ended_before + number * MAX_CONCURRENT_LISTINGS
        await until(lambda: ended(gateway) == expected, seconds=FREED_SECONDS)  # noqa: B023
    await until(lambda: pipes(gateway) == before, seconds=FREED_SECONDS)
    async with httpx.AsyncClient(base_url=gateway.url, timeout=60) as client:
        assert (await client.get("/comments?limit=1")).status_code == 200
        assert (await client.get("/comments/export")).text.count("\n") == RECORDS + 1
