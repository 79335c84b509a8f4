"""Clients that send more than they may, or do not take what they are sent."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.gateways import Gateway
from tests.support.until import until

WAITING = 5
LARGE = b"GET /static/swagger-ui/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n"
SMALL = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
BODY = b'{"comment":"fine"}'
COMMENT = (
    b"POST /comments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
)
REQUESTS = 60_000
GROWTH_BYTES = 40 * 2**20


@pytest.fixture
def gateway(bento_url: str, tmp_path: Path) -> Iterator[Gateway]:
    store = tmp_path / "comments.db"
    with Gateway(bento_url, SQLITE_PATH=store, MAX_WAITING=WAITING, REQUEST_SECONDS=3) as gateway:
        yield gateway


async def connect(gateway: Gateway) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", int(gateway.url.rpartition(":")[2]))


async def test_pipelined_requests_are_read_as_they_are_answered(gateway: Gateway) -> None:
    process = psutil.Process(gateway.process.pid)
    reader, writer = await connect(gateway)
    before = process.memory_info().rss

    async def send() -> None:
        for _ in range(REQUESTS // 1_000):
            writer.write(SMALL * 1_000)
            await writer.drain()

    sending = asyncio.create_task(send())
    most = before
    for number in range(REQUESTS):
        assert (await reader.readuntil(b"\r\n\r\nok")).startswith(b"HTTP/1.1 200 ")
        if number % 5_000 == 0:
            most = max(most, process.memory_info().rss)
    await sending
    writer.close()
    assert most - before < GROWTH_BYTES


async def test_those_who_do_not_read_shut_nobody_out_and_are_cut_off(gateway: Gateway) -> None:
    stuck = [await connect(gateway) for _ in range(2 * WAITING)]
    for _, writer in stuck:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(12 * LARGE)
        await writer.drain()

    def posted() -> bool:
        answer = httpx.post(f"{gateway.url}/comments", json={"comment": "good"})
        return answer.status_code == 201

    await until(posted, seconds=2)
    process = psutil.Process(gateway.process.pid)
    await until(lambda: len(process.net_connections("tcp")) <= 3, seconds=10)
    for _, writer in stuck:
        writer.close()


@pytest.mark.parametrize("then", [b"garbage\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + 70_000 * b"x"])
async def test_what_was_asked_before_nonsense_is_answered(gateway: Gateway, then: bytes) -> None:
    reader, writer = await connect(gateway)
    writer.write(COMMENT + then)
    answers = await reader.read()
    assert answers.startswith(b"HTTP/1.1 201 ")
    assert b'"original_comment":"fine"' in answers
    writer.close()


async def test_the_silent_take_no_place_from_others(bento_url: str, tmp_path: Path) -> None:
    files = 300
    within = ["sh", "-c", f'ulimit -n {files} && exec "$@"', "sh"]
    with Gateway(bento_url, SQLITE_PATH=tmp_path / "c.db", within=within) as gateway:
        silent = [await connect(gateway) for _ in range(2 * files)]

        def posted() -> bool:
            with contextlib.suppress(httpx.TransportError):
                answer = httpx.post(f"{gateway.url}/comments", json={"comment": "good"})
                return answer.status_code == 201
            return False

        await until(posted, seconds=10)
        # There is room for more than the next one.
        assert all(posted() for _ in range(20))
        for _, writer in silent:
            writer.close()
