"""A gateway with no room left: new comments are refused, other requests and connections are not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from gateway.http.comprehend.protocols import PATH as COMPREHEND
from tests.support.api import assert_unavailable
from tests.support.bad_bento import BadBento, bad_bento
from tests.support.client import Client
from tests.support.gateways import Gateway

ROOM = 3
BODY = b'{"comment":"x"}'
HEAD = b"POST /comments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
HEAD_END = b"Content-Length: %d\r\n\r\n" % len(BODY)
POST = HEAD + HEAD_END + BODY
GET = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def bento() -> AsyncIterator[BadBento]:
    async with bad_bento() as bento:
        yield bento


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def gateway(bento: BadBento) -> AsyncIterator[Gateway]:
    with Gateway(
        bento.url,
        GATEWAY_MAX_REQUESTS=ROOM,
        GATEWAY_MAX_QUEUE_SECONDS=60,
        GATEWAY_MODEL_CALL_SECONDS=60,
        GATEWAY_REQUEST_SECONDS=60,
    ) as gateway:
        yield gateway


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def busy(gateway: Gateway, bento: BadBento) -> AsyncIterator[Client]:
    """All room is taken until the test opens the Bento, or ends."""
    async with Client(gateway) as busy:
        posts = await busy.hold(bento, *(f"busy {number}" for number in range(ROOM)))
        yield busy
        bento.open.set()
        assert await asyncio.gather(*posts) == ROOM * [201]


@pytest_asyncio.fixture(loop_scope="module")
async def client(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=gateway.url, timeout=60) as client:
        yield client


class Connection:
    """A connection on which a test writes bytes of HTTP."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def read_answer(self) -> tuple[int, bytes]:
        """The next answer's status and head; its body is skipped."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if length:
            await self.reader.readexactly(int(length))
        return int(head.split()[1]), head

    async def read_status(self) -> int:
        return (await self.read_answer())[0]


@contextlib.asynccontextmanager
async def connect(gateway: Gateway) -> AsyncIterator[Connection]:
    connection = Connection(*await asyncio.open_connection(*gateway.address))
    yield connection
    connection.writer.close()


@pytest_asyncio.fixture(loop_scope="module")
async def connection(gateway: Gateway) -> AsyncIterator[Connection]:
    async with connect(gateway) as connection:
        yield connection


async def test_a_refusal_says_why_and_when_to_try_again(client: httpx.AsyncClient) -> None:
    answer = await client.post("/comments", json={"comment": "one more"})
    assert_unavailable(answer, 503)
    assert "too many" in answer.json()["detail"]
    assert "default-src" in answer.headers["Content-Security-Policy"]


async def test_a_refusal_has_an_id_and_is_counted(
    client: httpx.AsyncClient, gateway: Gateway
) -> None:
    before = gateway.samples()
    answers = [
        await client.post("/comments", json={}, headers=headers)
        for headers in ({"X-Request-ID": "mine"}, {"X-Request-ID": "mine"}, {}, {})
    ]
    assert [answer.status_code for answer in answers] == [503] * 4
    ids = [answer.headers["X-Request-ID"] for answer in answers]
    assert ids[:2] == ["mine"] * 2
    assert len(set(ids)) == 3
    after = gateway.samples()
    labels = ("method=POST", "route=/comments", "status=503")
    requests = ("valence_gateway_request_duration_seconds_count", *labels)
    for name in (requests, ("valence_gateway_shed_total", "work=comments")):
        assert after[name] - before.get(name, 0) == 4


@pytest.mark.parametrize(
    ("route", "body", "status"),
    [
        ("/comments/batch", {"comments": [{"comment": "x"}]}, 503),
        (f"{COMPREHEND}DetectSentiment", {"Text": "x", "LanguageCode": "en"}, 400),
    ],
)
async def test_refusals_of_other_routes_are_counted_too(
    client: httpx.AsyncClient, gateway: Gateway, route: str, body: object, status: int
) -> None:
    before = gateway.samples()
    assert (await client.post(route, json=body)).status_code == status
    after = gateway.samples()
    labels = ("method=POST", f"route={route}", f"status={status}")
    requests = ("valence_gateway_request_duration_seconds_count", *labels)
    for name in (requests, ("valence_gateway_shed_total", "work=comments")):
        assert after[name] - before.get(name, 0) == 1


async def test_other_requests_are_answered(client: httpx.AsyncClient) -> None:
    for path in ("/livez", "/readyz", "/comments", "/", "/openapi.json"):
        assert (await client.get(path)).status_code == 200


async def test_a_connection_can_be_used_after_a_refusal(connection: Connection) -> None:
    for _ in range(20):
        connection.writer.write(POST)
        assert await connection.read_status() == 503
    connection.writer.write(GET)
    assert await connection.read_status() == 200
    connection.writer.write(POST + POST + GET)
    assert [await connection.read_status() for _ in range(3)] == [503, 503, 200]
    # It may also arrive byte by byte.
    for byte in POST:
        connection.writer.write(bytes([byte]))
        await connection.writer.drain()
    assert await connection.read_status() == 503


async def test_a_refusal_closes_the_connection_on_request(connection: Connection) -> None:
    connection.writer.write(HEAD + b"Connection: close\r\n" + HEAD_END + BODY)
    status, head = await connection.read_answer()
    assert status == 503
    assert b"\r\nconnection: close\r\n" in head
    assert await connection.reader.read() == b""


async def test_a_client_that_waits_for_100_continue_is_refused_before_its_body(
    connection: Connection,
) -> None:
    connection.writer.write(HEAD + b"Expect: 100-continue\r\n" + HEAD_END)
    assert await connection.read_status() == 503


async def test_the_decoded_path_decides(connection: Connection) -> None:
    connection.writer.write(POST.replace(b"/comments", b"/%63omments"))
    assert await connection.read_status() == 503


async def test_pipelined_requests_are_answered_in_order(connection: Connection) -> None:
    connection.writer.write(GET + POST + GET)
    assert [await connection.read_status() for _ in range(3)] == [200, 503, 200]


async def test_comments_are_accepted_again_when_there_is_room(
    client: httpx.AsyncClient, bento: BadBento
) -> None:
    bento.open.set()
    async with asyncio.timeout(30):
        while (await client.post("/comments", json={"comment": "now"})).status_code != 201:
            pass
