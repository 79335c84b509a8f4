"""How long idle connections stay open. The real server, with shorter time limits."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar.types import HTTPScope, Receive, Send

from gateway.server import server as server_module
from gateway.settings import Settings
from processes import free_port
from tests.support.until import until

IDLE_SECONDS = 1
LONG_SECONDS = 10
ASKED = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = ASKED.replace(b"Host: x", b"Host: x\r\nConnection: close")
EARLY = b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"


async def app(scope: HTTPScope, receive: Receive, send: Send) -> None:
    """Answers `/early` before the body has come."""
    more = scope["path"] != "/early"
    while more:
        message: Any = await receive()
        more = message.get("more_body", False)
    start: Any = {"type": "http.response.start", "status": 204, "headers": []}
    body: Any = {"type": "http.response.body", "body": b""}
    await send(start)
    await send(body)


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(server_module, "KEEP_ALIVE_SECONDS", IDLE_SECONDS)
    port = free_port()
    settings = Settings(gateway_port=port, gateway_request_seconds=60)
    server = server_module.Server(lambda _: app, settings, is_crowded=lambda _: False)
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started, seconds=LONG_SECONDS)
    yield port
    server.should_exit = True
    await task


async def keep_sending(writer: asyncio.StreamWriter, data: bytes) -> None:
    while True:
        writer.write(data)
        await asyncio.sleep(IDLE_SECONDS / 10)


async def closed(reader: asyncio.StreamReader) -> None:
    """Wait for the end of a connection on which nothing more comes."""
    async with asyncio.timeout(LONG_SECONDS):
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""


async def test_who_asks_nothing_is_closed_and_nobody_else(port: int) -> None:
    silent, _silent = await asyncio.open_connection("127.0.0.1", port)
    blank, blanks = await asyncio.open_connection("127.0.0.1", port)
    asking, questions = await asyncio.open_connection("127.0.0.1", port)
    tasks = [
        asyncio.create_task(keep_sending(blanks, b"\r\n")),
        asyncio.create_task(keep_sending(questions, ASKED)),
    ]
    await closed(silent)
    await closed(blank)
    for task in tasks:
        task.cancel()
    questions.write(LAST)
    answers = await asking.read()
    assert answers.count(b"HTTP/1.1 204 ") > 5
    assert b"connection: close" in answers


async def test_who_asks_no_more_is_closed(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(ASKED)
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204 ")
    await closed(reader)


async def test_who_sends_the_rest_after_the_answer_is_closed(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(EARLY)
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204 ")
    writer.write(b"xx")
    await closed(reader)
