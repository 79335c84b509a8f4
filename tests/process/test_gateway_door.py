"""What is refused at the door: comments only, in order, and on connections that stay usable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.support.bad_bento import BadBento, bad_bento
from tests.support.client import Client
from tests.support.gateways import Gateway

WAITING = 3
BODY = b'{"comment":"x"}'
POST = b"POST /comments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
REQUEST = POST + b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)


@pytest.fixture
async def bento() -> AsyncIterator[BadBento]:
    async with bad_bento() as bento:
        yield bento


@pytest.fixture
async def gateway(bento: BadBento, tmp_path: Path) -> AsyncIterator[Gateway]:
    """One that has as much to do as it may, until the Bento is let go."""
    with Gateway(
        bento.url,
        SQLITE_PATH=tmp_path / "comments.db",
        MAX_WAITING=WAITING,
        MAX_WAIT_SECONDS=60,
        ATTEMPT_SECONDS=60,
        REQUEST_SECONDS=60,
    ) as gateway:
        async with Client(gateway) as busy:
            posts = await busy.hold(bento, *(f"busy {number}" for number in range(WAITING)))
            yield gateway
            bento.open.set()
            assert await asyncio.gather(*posts) == WAITING * [201]


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=gateway.url, timeout=60) as client:
        yield client


async def connect(client: httpx.AsyncClient) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(client.base_url.host, client.base_url.port)


async def status(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Of the next answer, and its head."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    if length:
        await reader.readexactly(int(length))
    return int(head.split()[1]), head


async def test_a_refusal_says_what_and_when(client: httpx.AsyncClient) -> None:
    answer = await client.post("/comments", json={"comment": "one more"})
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) >= 1
    assert "default-src" in answer.headers["Content-Security-Policy"]
    assert answer.json()["status"] == 503
    assert "too many" in answer.json()["detail"]


async def test_a_refusal_is_named_and_counted_as_any_other_answer(
    client: httpx.AsyncClient, gateway: Gateway
) -> None:
    named = {"X-Request-ID": "mine"}
    answers = [await client.post("/comments", json={}, headers=named) for _ in range(2)]
    answers += [await client.post("/comments", json={}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [503] * 4
    names = [answer.headers["X-Request-ID"] for answer in answers]
    assert names[:2] == ["mine"] * 2
    assert len(set(names)) == 3
    seen = (await client.get(gateway.metrics_url)).text
    labels = 'endpoint="CommentCollection",method="POST",status="503"'
    assert f"valence_request_seconds_count{{{labels}}} 4.0" in seen
    assert "valence_shed_total 4.0" in seen


async def test_everything_else_passes(client: httpx.AsyncClient) -> None:
    for path in ("/livez", "/readyz", "/comments", "/", "/openapi.json"):
        assert (await client.get(path)).status_code == 200


async def test_a_refused_connection_stays_usable(client: httpx.AsyncClient) -> None:
    reader, writer = await connect(client)
    for _ in range(20):
        writer.write(REQUEST)
        assert (await status(reader))[0] == 503
    writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await status(reader))[0] == 200
    # Several at once are answered one after the other, and one that arrives in pieces too.
    writer.write(REQUEST + REQUEST + b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
    assert [(await status(reader))[0] for _ in range(3)] == [503, 503, 200]
    for byte in REQUEST:
        writer.write(bytes([byte]))
        await writer.drain()
    assert (await status(reader))[0] == 503
    writer.close()


async def test_who_wants_the_connection_closed_gets_that(client: httpx.AsyncClient) -> None:
    reader, writer = await connect(client)
    writer.write(REQUEST.replace(b"Host: x\r\n", b"Host: x\r\nConnection: close\r\n"))
    code, head = await status(reader)
    assert code == 503
    assert b"\r\nconnection: close\r\n" in head
    assert await reader.read() == b""
    writer.close()


async def test_who_expects_a_word_before_the_body_is_refused_too(
    client: httpx.AsyncClient, bento: BadBento
) -> None:
    reader, writer = await connect(client)
    expect = POST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    writer.write(expect)
    assert (await status(reader))[0] == 100
    writer.write(BODY)
    bento.open.set()
    assert (await status(reader))[0] in {201, 503}
    writer.close()


async def test_it_takes_comments_again(client: httpx.AsyncClient, bento: BadBento) -> None:
    bento.open.set()
    async with asyncio.timeout(30):
        while (await client.post("/comments", json={"comment": "now"})).status_code != 201:
            pass
