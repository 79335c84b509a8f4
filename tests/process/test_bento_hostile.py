"""Requests to the Bento that no gateway sends."""

from __future__ import annotations

import gzip
import json
from urllib.parse import urlsplit

import httpx
import pytest

from http_server import HEAD_MAX_BYTES
from tests.support.raw_http import ask

BODY = b'{"texts":["I love it"]}'
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.fixture
def address(bento_url: str) -> tuple[str, int]:
    parts = urlsplit(bento_url)
    return parts.hostname or "", parts.port or 0


def post(headers: bytes = LENGTH, body: bytes = BODY, path: bytes = b"/classify") -> bytes:
    head = b"POST %b HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" % path
    return head + headers + b"\r\n" + body


@pytest.mark.parametrize("path", [b"/classify", b"/explain", b"/sentiment"])
def test_a_compressed_body_is_refused_by_name(address: tuple[str, int], path: bytes) -> None:
    body = gzip.compress(BODY)
    headers = b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(body)
    answer = ask(address, post(headers, body, path))
    assert (answer.status, answer.field()) == (415, "Content-Encoding")


def test_a_byte_order_mark_is_ignored(address: tuple[str, int]) -> None:
    body = b"\xef\xbb\xbf" + BODY
    answer = ask(address, post(b"Content-Length: %d\r\n" % len(body), body))
    assert answer.status == 200
    sentiment = b'\xef\xbb\xbf{"text":"I love it"}'
    answer = ask(address, post(b"Content-Length: 23\r\n", sentiment, b"/sentiment"))
    assert answer.status == 200


@pytest.mark.parametrize(
    ("length", "statuses"),
    [
        (b"0" * 5_000 + b"%d" % len(BODY), {200}),
        (b"%d\r\nContent-Length: %d" % (len(BODY), len(BODY)), {200}),
        (b"9" * 5_000, {400, 413}),
        (b"-5", {400}),
    ],
)
def test_an_odd_length_is_no_error_of_ours(
    address: tuple[str, int], length: bytes, statuses: set[int]
) -> None:
    assert ask(address, post(b"Content-Length: " + length + b"\r\n")).status in statuses


def test_a_broken_chunk_is_400_at_once(address: tuple[str, int]) -> None:
    assert ask(address, post(CHUNKED, b"zz\r\n" + BODY)).status == 400


@pytest.mark.parametrize("piece", [100_000, 1_000])
def test_the_size_of_a_head_is_limited(address: tuple[str, int], piece: int) -> None:
    headers = b"X: %b\r\n" % (b"x" * HEAD_MAX_BYTES) + LENGTH
    assert ask(address, post(headers), piece=piece).status == 431


def test_its_document_lists_what_it_serves(bento_url: str) -> None:
    with httpx.Client(base_url=bento_url) as client:
        paths = client.get("/docs.json").json()["paths"]
        assert {"/sentiment", "/classify", "/explain"} <= paths.keys()
        for path, operations in paths.items():
            for method, operation in operations.items():
                content = operation.get("requestBody", {}).get("content", {})
                body = content.get("application/json", {}).get("example")
                answer = client.request(method, path, json=body)
                assert answer.status_code == 200, path
        # BentoML's own page loads a tracker from elsewhere.
        for path in ("/", "/metrics", "/static_content/index.html", "/schema.json"):
            assert client.get(path).status_code == 404


def test_a_rebound_name_is_refused(bento_url: str) -> None:
    for path in ("/classify", "/livez", "/docs.json"):
        answer = httpx.post(bento_url + path, json={}, headers={"Host": "evil.example"})
        assert answer.status_code == 421
        assert json.loads(answer.content)["errors"][0]["field"] == "Host"
