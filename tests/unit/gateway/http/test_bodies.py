"""Request bodies, through the real HTTP server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

import json_body
from gateway.http.access.cors import CORS
from gateway.http.bodies import Bodies
from gateway.http.exchange import Exchange
from gateway.http.rsgi import HTTPProtocol, Scope
from problem_details import Problem
from tests.support.rsgi_server import RSGIServer, serve

MAX_BYTES = 100
CHUNKED = b"Transfer-Encoding: chunked"


def post(body: bytes, *headers: bytes, content_type: bytes = b"application/json") -> bytes:
    lines = [b"POST / HTTP/1.1", b"Host: localhost", b"Content-Type: " + content_type, *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def sized(length: int) -> bytes:
    return b"Content-Length: %d" % length


class App:
    """Answers with the body, or with the problem and whether the connection can be used again."""

    def __init__(self, seconds: float = 30, max_unfinished: int = 1) -> None:
        self.bodies = Bodies(seconds, MAX_BYTES, max_unfinished)
        self.discards = False
        self._begun = asyncio.Event()
        self.outcomes: asyncio.Queue[bytes | Problem | bool] = asyncio.Queue()

    async def has_begun(self) -> None:
        """Wait until one more body has begun to arrive."""
        async with asyncio.timeout(10):
            await self._begun.wait()
        self._begun.clear()

    async def __call__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        exchange = Exchange(scope, protocol, lambda: False, CORS([]))
        outcome: bytes | Problem | bool
        self._begun.set()
        try:
            if self.discards:
                outcome = await self.bodies.discard(exchange, protocol)
            else:
                outcome = await self.bodies.read(exchange, protocol)
        except Problem as problem:
            outcome = problem
        self.outcomes.put_nowait(outcome)
        if isinstance(outcome, Problem):
            exchange.refuse(outcome, close=True)
        else:
            exchange.answer(200, [], str(outcome).encode())


@asynccontextmanager
async def sending(server: RSGIServer, request: bytes) -> AsyncIterator[asyncio.StreamWriter]:
    """A connection that has sent these bytes and stays open for the time of the block."""
    _, writer = await asyncio.open_connection(*server.address)
    writer.write(request)
    await writer.drain()
    try:
        yield writer
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (post(b"x" * MAX_BYTES, sized(MAX_BYTES)), b"x" * MAX_BYTES),
        (post(b"2\r\n{\n\r\n1\r\n}\r\n0\r\n\r\n", CHUNKED), b"{\n}"),
        (post(b"{}", b"Content-Length: " + b"0" * 5_000 + b"2"), b"{}"),
        (post(b"", sized(0)), b""),
        (post(b""), b""),
    ],
    ids=["sized", "chunked", "zeros", "empty", "none"],
)
async def test_a_body_is_read(request_: bytes, expected: bytes) -> None:
    app = App()
    async with serve(app) as server:
        assert (await server.ask(request_)).status == 200
    assert app.outcomes.get_nowait() == expected


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (post(b"x", sized(MAX_BYTES + 1)), 413),
        (post(b"65\r\n" + b"x" * 101 + b"\r\n", CHUNKED), 413),
        (post(b"{}", sized(2), content_type=b"text/plain"), 415),
        (post(b"{}", sized(2), b"Content-Encoding: gzip"), 415),
        (post(b"{}", sized(2), b"Content-Encoding: identity", b"Content-Encoding: gzip"), 415),
        (post(b"{}", sized(2), b"Content-Type: text/plain"), 415),
        (post(b"zz\r\n{}", CHUNKED), 400),
        (post(b"2\r\n{}\r\nzz\r\n", CHUNKED), 400),
    ],
    ids=[
        "too long",
        "chunks too long",
        "type",
        "encoding",
        "two codings",
        "two types",
        "bad chunk",
        "second chunk",
    ],
)
async def test_a_bad_body_is_refused(request_: bytes, status: int) -> None:
    async with serve(App()) as server:
        answer = await server.ask(request_)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("framing", [sized(2), CHUNKED], ids=["sized", "chunked"])
@pytest.mark.parametrize("discards", [False, True], ids=["read", "discard"])
async def test_a_client_that_goes_is_no_error(framing: bytes, discards: bool) -> None:
    app = App()
    app.discards = discards
    async with serve(app) as server:
        async with sending(server, post(b"", framing)) as writer:
            await app.has_begun()
            writer.transport.abort()
        async with asyncio.timeout(10):
            outcome = await app.outcomes.get()
    if discards:
        assert outcome is False
    else:
        assert isinstance(outcome, Problem)
        assert outcome.status == 400


async def test_a_slow_body_is_408() -> None:
    async with serve(App(seconds=0.05)) as server:
        answer = await server.ask(post(b"{", sized(2)))
    assert (answer.status, answer.field()) == (408, "body")


async def test_a_refused_body_is_received_so_that_the_connection_can_go_on() -> None:
    app = App()
    app.discards = True
    async with serve(app) as server:
        await server.ask(post(b"{}", sized(2)))
        await server.ask(post(b"2\r\n{}\r\n0\r\n\r\n", CHUNKED))
        await server.ask(post(b"{}", b"Content-Length: " + b"0" * 5_000 + b"2"))
        await server.ask(post(b"", sized(MAX_BYTES + 1)))
        await server.ask(post(b"", sized(2), b"Expect: 100-continue"))
        await server.ask(post(b"zz\r\n", CHUNKED))
        await server.ask(post(b"{", sized(2)))  # does not arrive
    outcomes = [app.outcomes.get_nowait() for _ in range(7)]
    assert outcomes == [True, True, True, False, False, False, False]


@pytest.mark.parametrize("framing", ["sized", "chunked"])
async def test_a_long_refused_body_is_received_too(framing: str) -> None:
    app = App()
    app.bodies, app.discards = Bodies(30, max_bytes=200_000), True
    body = b"x" * 150_000
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    async with serve(app) as server:
        if framing == "sized":
            await server.ask(post(body, sized(len(body))))
        else:
            await server.ask(post(chunks, CHUNKED))
    assert app.outcomes.get_nowait() is True


async def test_bodies_that_are_refused_take_no_room_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever has no token only gets refused; else strangers could shut out everybody."""
    monkeypatch.setattr(json_body, "MIN_SECONDS", 600)
    app = App()
    app.discards = True
    async with serve(app) as server, sending(server, post(b"{", sized(2))):
        await app.has_begun()
        app.discards = False
        # The second part comes later than what would be let through in any case.
        async with sending(server, post(b"{", sized(2))) as writer:
            await app.has_begun()
            await asyncio.sleep(2 * json_body.PROMPT_SECONDS)
            writer.write(b"}")
            async with asyncio.timeout(10):
                while (outcome := await app.outcomes.get()) is False:
                    pass
    assert outcome == b"{}"
