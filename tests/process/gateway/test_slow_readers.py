"""Clients that send more than they may, do not read their answers, or send nothing at all."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import httpx
import psutil
import pytest

from server_socket import UNREAD_SECONDS
from tests.support.gateways import Gateway
from tests.support.until import until

MAX_REQUESTS = 5
LARGE = b"GET /static/swagger-ui/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
SMALL = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
BODY = b'{"comment":"fine"}'
COMMENT = (
    b"POST /comments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
)
PIPELINED = 60_000
MAX_GROWTH_BYTES = 40 * 2**20


@pytest.fixture(scope="module")
def gateway(bento_url: str) -> Iterator[Gateway]:
    with Gateway(
        bento_url, GATEWAY_MAX_REQUESTS=MAX_REQUESTS, GATEWAY_REQUEST_SECONDS=2
    ) as gateway:
        yield gateway


def post(gateway: Gateway) -> bool:
    """Whether a comment is accepted now."""
    with contextlib.suppress(httpx.TransportError):
        answer = httpx.post(f"{gateway.url}/comments", json={"comment": "good"})
        return answer.status_code == 201
    return False


async def test_pipelined_requests_are_read_no_faster_than_answered(gateway: Gateway) -> None:
    process = psutil.Process(gateway.process.pid)
    reader, writer = await asyncio.open_connection(*gateway.address)
    before = process.memory_info().rss

    async def send() -> None:
        for _ in range(PIPELINED // 1_000):
            writer.write(SMALL * 1_000)
            await writer.drain()

    sending = asyncio.create_task(send())
    peak = before
    for number in range(PIPELINED):
        assert (await reader.readuntil(b"\r\n\r\nok")).startswith(b"HTTP/1.1 200 ")
        if number % 5_000 == 0:
            peak = max(peak, process.memory_info().rss)
    await sending
    writer.close()
    assert peak - before < MAX_GROWTH_BYTES


async def test_unread_answers_take_no_room_and_are_cut_off(gateway: Gateway) -> None:
    stuck = [await asyncio.open_connection(*gateway.address) for _ in range(2 * MAX_REQUESTS)]
    for _, writer in stuck:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(12 * LARGE)
        await writer.drain()
    await until(lambda: post(gateway), seconds=2)
    process = psutil.Process(gateway.process.pid)
    # What remains: two listening sockets, and the connection to the Bento.
    await until(lambda: len(process.net_connections("tcp")) <= 3, seconds=3 * UNREAD_SECONDS)
    for _, writer in stuck:
        writer.close()


@pytest.mark.parametrize("invalid", [b"garbage\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + 70_000 * b"x"])
async def test_a_request_followed_by_an_invalid_one_is_answered(
    gateway: Gateway, invalid: bytes
) -> None:
    reader, writer = await asyncio.open_connection(*gateway.address)
    writer.write(COMMENT + invalid)
    answers = await reader.read()
    assert answers.startswith(b"HTTP/1.1 201 ")
    assert b'"original_comment":"fine"' in answers
    writer.close()
