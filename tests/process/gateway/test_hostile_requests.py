"""Requests that no honest client sends are refused at once, and none is an error of the gateway."""

from __future__ import annotations

import json
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.http.access import tokens
from http_server import HEAD_MAX_BYTES
from tests.support.gateways import Gateway
from tests.support.raw_http import ask

BODY = b'{"comment":"I love it"}'
CHUNKS = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
BROKEN_CHUNKS = [b"zz\r\n" + BODY, b"%x\r\n%bzz\r\n" % (len(BODY), BODY), CHUNKS[:-4] + b"X\r\n"]


def post(
    headers: bytes = LENGTH,
    body: bytes = BODY,
    *,
    host: bytes = b"Host: localhost\r\n",
    version: bytes = b"1.1",
) -> bytes:
    head = b"POST /comments HTTP/%b\r\n%bContent-Type: application/json\r\n" % (version, host)
    return head + headers + b"\r\n" + body


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gateway") / "log"


@pytest.fixture(scope="module")
def gateway(bento_url: str, log: Path) -> Iterator[Gateway]:
    with log.open("wb") as output, Gateway(bento_url, output=output) as gateway:
        yield gateway


@pytest.fixture(autouse=True)
def no_error_is_logged(gateway: Gateway, log: Path) -> Iterator[None]:
    yield
    assert httpx.get(f"{gateway.url}/livez").status_code == 200
    levels = {json.loads(line)["level"] for line in log.read_text().splitlines()}
    assert levels <= {"INFO", "WARNING"}, log.read_text()


@pytest.mark.parametrize("chunks", BROKEN_CHUNKS, ids=["the first", "the second", "the last"])
def test_a_broken_chunk_is_400_at_once(gateway: Gateway, chunks: bytes) -> None:
    answer = ask(gateway.address, post(CHUNKED, chunks))
    assert answer.status == 400
    assert answer.field() == "body"


@pytest.mark.parametrize("headers", [LENGTH, CHUNKED], ids=["sized", "chunked"])
def test_a_body_that_ends_early_is_400(gateway: Gateway, headers: bytes) -> None:
    with socket.create_connection(gateway.address, timeout=30) as connection:
        connection.sendall(post(headers, BODY[:5] if headers == LENGTH else b"5\r\n" + BODY[:5]))
        connection.shutdown(socket.SHUT_WR)
        assert connection.makefile("rb").read().startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    ("length", "statuses"),
    [
        (b"0" * 5_000 + b"%d" % len(BODY), {201}),
        (b"%d\r\nContent-Length: %d" % (len(BODY), len(BODY)), {201}),
        (b"9" * 5_000, {400, 413}),
        (b"9" * 19, {413}),
        (b"-5", {400}),
        (b"+23", {400}),
        (b"0x17", {400}),
        (b"", {400}),
    ],
)
def test_an_odd_length_is_no_error_of_ours(
    gateway: Gateway, length: bytes, statuses: set[int]
) -> None:
    answer = ask(gateway.address, post(b"Content-Length: " + length + b"\r\n"))
    assert answer.status in statuses


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (post(b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n" + LENGTH), "Authorization"),
        (b"GET /comments HTTP/1.1\r\nHost: localhost\r\n" + b"Authorization: a\r\n" * 2 + b"\r\n",
         "Authorization"),
        (post(host=b"Host: localhost\r\nHost: localhost\r\n"), "Host"),
        (post(host=b""), "Host"),
        (post(b"Transfer-Encoding: gzip, chunked\r\n", CHUNKS), "Transfer-Encoding"),
    ],
    ids=["two tokens", "two tokens, GET", "two hosts", "no host", "two codings"],
)  # fmt: skip
def test_what_parsers_read_differently_is_refused(
    gateway: Gateway, request_: bytes, field: str
) -> None:
    answer = ask(gateway.address, request_)
    assert answer.status == 400
    assert answer.field() == field
    assert answer.headers["Connection"] == "close"


@pytest.mark.parametrize(
    "request_",
    [
        post(CHUNKED, CHUNKS, version=b"1.0"),
        post(b"Content-Length: 23\r\nContent-Length: 22\r\n"),
        post(b"Transfer-Encoding: xchunked\r\n", CHUNKS),
        post(b"X : y\r\n" + LENGTH),
        post(b"X: a\0b\r\n" + LENGTH),
    ],
    ids=["chunked in HTTP/1.0", "two lengths", "unknown coding", "space", "NUL"],
)
def test_ambiguous_framing_is_refused(gateway: Gateway, request_: bytes) -> None:
    assert ask(gateway.address, request_).status == 400


@pytest.mark.parametrize("piece", [100_000, 1_000])
@pytest.mark.parametrize("spare", [1_000, -100])
def test_the_limit_of_a_head_does_not_depend_on_how_it_is_cut(
    gateway: Gateway, piece: int, spare: int
) -> None:
    headers = b"X: %b\r\n" % (b"x" * (HEAD_MAX_BYTES - len(post()) - spare)) + LENGTH
    answer = ask(gateway.address, post(headers), piece=piece)
    assert answer.status == (201 if spare > 0 else 431)


def test_a_byte_order_mark_is_ignored(gateway: Gateway) -> None:
    body = b"\xef\xbb\xbf" + BODY
    answer = ask(gateway.address, post(b"Content-Length: %d\r\n" % len(body), body))
    assert answer.status == 201
    assert json.loads(answer.body)["original_comment"] == "I love it"


def test_a_long_query_takes_no_time(gateway: Gateway) -> None:
    query = b"&".join(b"a%x" % number for number in range(1_500))
    request = post().replace(b"/comments", b"/comments?" + query)
    answer = ask(gateway.address, request)
    assert (answer.status, answer.field()) == (422, "query")


def test_no_method_of_a_path_is_an_error_of_ours(gateway: Gateway) -> None:
    with httpx.Client(base_url=gateway.url) as client:
        paths = client.get("/openapi.json").json()["paths"]
        assert "/comments/export" in paths
        for path, operations in paths.items():
            for method in ("HEAD", "OPTIONS", "PATCH", "TRACE", "get", "UNKNOWN"):
                answer = client.request(method, path.replace("{comment_id}", str(uuid.UUID(int=1))))
                assert answer.status_code < 500, (method, path)
                if method == "HEAD" and "get" in operations:
                    assert answer.status_code in {200, 404}, path


FOREIGN = {"Host": "evil.example"}


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/comments"), ("GET", "/comments"), ("DELETE", "/comments/1"), ("GET", "/")],
)
def test_a_rebound_name_is_refused(gateway: Gateway, method: str, path: str) -> None:
    """A web page can make its own name mean 127.0.0.1, and then call whatever listens there."""
    with httpx.Client(base_url=gateway.url, headers=FOREIGN) as client:
        answer = client.request(method, path)
        assert answer.status_code == 421
        assert answer.json()["errors"][0]["field"] == "Host"
        for name in ("localhost:8000", "127.0.0.1", "[::1]:8000"):
            assert client.request(method, path, headers={"Host": name}).status_code != 421


def test_a_rebound_name_is_refused_by_the_metrics_too(gateway: Gateway) -> None:
    answer = httpx.get(gateway.metrics_url, headers=FOREIGN)
    assert answer.status_code == 421
    assert answer.json()["errors"][0]["field"] == "Host"
    assert httpx.get(gateway.metrics_url, headers={"Host": "localhost:1"}).status_code == 200


@pytest.mark.parametrize(
    ("setting", "value"),
    [("GATEWAY_TOKENS", tokens.new("app", "admin")[1]), ("GATEWAY_AUTH", "none")],
    ids=["tokens", "no tokens"],
)
def test_other_names_are_served_where_a_name_protects_nothing(
    bento_url: str, setting: str, value: str
) -> None:
    settings: dict[str, Any] = {setting: value}
    with Gateway(bento_url, **settings) as gateway:
        assert httpx.get(f"{gateway.url}/", headers=FOREIGN).status_code == 200
        metrics = httpx.get(gateway.metrics_url, headers=FOREIGN)
        # A token does not protect them.
        assert metrics.status_code == (200 if setting == "GATEWAY_AUTH" else 421)
