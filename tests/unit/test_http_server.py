"""The HTTP server, on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

import http_server
from environment import SettingsError
from gateway.http.rsgi import HTTPProtocol, Scope
from http_server import Interfaces, Server
from processes import free_port
from tests.support.until import until

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class App:
    """Answers `ok`, when it may."""

    def __init__(self) -> None:
        self.requests = 0
        self.body = b"ok"
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.arrived = asyncio.Event()

    async def __rsgi__(self, _: Scope, protocol: HTTPProtocol) -> None:
        self.requests += 1
        self.arrived.set()
        await self.may_answer.wait()
        protocol.response_bytes(200, [], self.body)
        self.requests -= 1


class Running:
    """A server that accepts connections."""

    def __init__(self, app: App, idle_seconds: int) -> None:
        self.port = free_port()
        self.server = Server(
            app, Interfaces.RSGI, "127.0.0.1", self.port, "PORT", idle_seconds=idle_seconds
        )
        self.task = self.server.start()

    async def connect(self) -> Connection:
        return await asyncio.open_connection("127.0.0.1", self.port)


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
async def start(app: App) -> AsyncIterator[Callable[..., Awaitable[Running]]]:
    """Starts a server; at the end of the test it is stopped."""
    started: list[Running] = []

    async def start(idle_seconds: int = 60) -> Running:
        started.append(Running(app, idle_seconds))
        return started[-1]

    yield start
    app.may_answer.set()
    for running in started:
        await running.server.stop(0 if running.task.done() else 5)


async def answer(connection: Connection) -> bytes:
    reader, writer = connection
    writer.write(GET)
    return await reader.readuntil(b"ok")


Start = Callable[..., Awaitable[Running]]


async def test_a_connection_is_kept_and_closed_when_it_idles(start: Start) -> None:
    running = await start(idle_seconds=1)
    connection = await running.connect()
    for _ in range(2):
        assert (await answer(connection)).startswith(b"HTTP/1.1 200 ")
    async with asyncio.timeout(10):
        assert await connection[0].read() == b""
    connection[1].close()


async def test_an_unfinished_head_is_closed(start: Start) -> None:
    running = await start(idle_seconds=1)
    reader, writer = await running.connect()
    writer.write(GET[:-2])
    async with asyncio.timeout(10):
        await reader.read()
    writer.close()


async def test_a_stop_finishes_requests_and_refuses_connections(start: Start, app: App) -> None:
    running = await start()
    idle = await running.connect()
    await answer(idle)
    app.may_answer.clear()
    app.arrived.clear()
    busy = await running.connect()
    busy[1].write(GET)
    await app.arrived.wait()
    stop = asyncio.create_task(running.server.stop(30, lambda: not app.requests))
    async with asyncio.timeout(10):
        assert await idle[0].read() == b""
    with pytest.raises(ConnectionRefusedError):
        await running.connect()
    assert not stop.done()
    app.may_answer.set()
    assert (await busy[0].read()).endswith(b"ok")
    assert await stop
    busy[1].close()
    idle[1].close()


async def test_a_stop_does_not_wait_for_an_unfinished_head(start: Start, app: App) -> None:
    running = await start()
    unfinished = await running.connect()
    unfinished[1].write(GET[:-2])
    other = await running.connect()
    await answer(other)
    async with asyncio.timeout(30):
        assert not await running.server.stop(600, lambda: not app.requests)
    for _, writer in (unfinished, other):
        writer.close()


async def test_a_stop_waits_for_a_client_that_reads_slowly(start: Start, app: App) -> None:
    running = await start()
    # More than the system buffers.
    app.body = bytes(32 * 2**20) + b"ok"
    reader, writer = await running.connect()
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    writer.write(GET)
    await until(lambda: bool(app.arrived.is_set() and not app.requests), seconds=10)
    stop = asyncio.create_task(running.server.stop(60, lambda: not app.requests))
    # Without anything to read, it would have ended by then.
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(stop), 2 * http_server.IDLE_BEFORE_END_SECONDS)
    writer.transport.resume_reading()  # type: ignore[attr-defined]
    assert (await reader.read()).endswith(b"ok")
    assert await stop
    writer.close()


async def test_a_stop_ends_after_its_time(start: Start, app: App) -> None:
    running = await start()
    app.may_answer.clear()
    busy = await running.connect()
    busy[1].write(GET)
    await app.arrived.wait()
    async with asyncio.timeout(30):
        assert not await running.server.stop(0.1, lambda: not app.requests)
    app.may_answer.set()
    busy[1].close()


async def test_a_second_server_on_a_port_is_refused(start: Start, app: App) -> None:
    running = await start()
    with pytest.raises(SettingsError, match=rf"^PORT='{running.port}': .* in use$"):
        Server(app, Interfaces.RSGI, "127.0.0.1", running.port, "PORT")


async def test_a_host_may_be_a_name(app: App) -> None:
    port = free_port()
    server = Server(app, Interfaces.RSGI, "localhost", port, "PORT")
    server.start()
    connection = await asyncio.open_connection("localhost", port)
    await answer(connection)
    connection[1].close()
    await server.stop(5)


async def test_a_signal_drains_and_a_second_one_ends_the_drain(app: App) -> None:
    port = free_port()
    server = Server(app, Interfaces.RSGI, "127.0.0.1", port, "PORT")
    draining = asyncio.Event()
    served = asyncio.create_task(
        http_server.serve(server, drain_seconds=600, shutdown_seconds=30, on_drain=draining.set)
    )
    try:
        connection = await asyncio.open_connection("127.0.0.1", port)
        os.kill(os.getpid(), signal.SIGTERM)
        await draining.wait()
        await answer(connection)  # still served
        new = await asyncio.open_connection("127.0.0.1", port)
        await answer(new)
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(20):
            assert await served
            assert await connection[0].read() == b""
        for _, writer in (connection, new):
            writer.close()
    finally:
        served.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await served
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(number)


async def test_a_head_has_a_limit_of_bytes(start: Start) -> None:
    running = await start()
    reader, writer = await running.connect()
    writer.write(GET[:-2] + b"X: %b\r\n\r\n" % (b"x" * http_server.HEAD_MAX_BYTES))
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 431 ")
    writer.close()
