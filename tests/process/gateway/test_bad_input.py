"""Bad input to a running gateway: the problem names the field, and nothing is stored."""

from __future__ import annotations

import gzip
import json
import socket

import httpx
import pytest

from tests.support.api import assert_field_problem, assert_problem, list_ids, post_comment
from tests.support.gateways import Gateway

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


BAD_BODIES: dict[str, tuple[bytes, dict[str, str], int, str, str]] = {
    # name: body, headers, status, the field named, part of the detail
    "empty": (body(comment=""), JSON, 422, "comment", "at least 1 character"),
    "blank": (body(comment=" \t\n\u2003"), JSON, 422, "comment", "blank"),
    "invisible": (body(comment="\u200b\u2060\ufeff"), JSON, 422, "comment", "blank"),
    "too long": (body(comment="x" * 5_001), JSON, 422, "comment", "at most 5,000 characters"),
    "NUL": (body(comment="a\0b"), JSON, 422, "comment", "NUL"),
    "a number": (body(comment=1), JSON, 422, "comment", "must be a string, not a whole number"),
    "null": (body(comment=None), JSON, 422, "comment", "must be a string, not null"),
    "a list": (body(comment=["x"]), JSON, 422, "comment", "must be a string, not an array"),
    "missing": (b"{}", JSON, 422, "comment", "is required"),
    "unknown": (body(comment="x", mood="good"), JSON, 422, "mood", "not a known field"),
    "twice": (b'{"comment":"x","comment":"y"}', JSON, 422, "comment", "is given twice"),
    "twice, escaped": (rb'{"\u0063omment":"x","comment":"y"}', JSON, 422, "comment", "twice"),
    "not an object": (b'["x"]', JSON, 422, "body", "must be an object, not an array"),
    "million digits": (b'{"comment":' + b"9" * 60_000 + b"}", JSON, 422, "comment", "out of range"),
    "surrogate": (rb'{"comment":"\ud800 x"}', JSON, 400, "body", "not valid JSON"),
    "surrogate key": (rb'{"comment":"x","\udc00":1}', JSON, 400, "body", "not valid JSON"),
    "not UTF-8": (b'{"comment":"\xff"}', JSON, 400, "body", "not valid JSON"),
    "broken": (b'{"comment":"x"', JSON, 400, "body", "not valid JSON"),
    "two documents": (b'{"comment":"x"} {}', JSON, 400, "body", "not valid JSON"),
    "nothing": (b"", JSON, 400, "body", "not valid JSON"),
    "deep": (b'{"comment":' + b"[" * 60_000, JSON, 422, "comment", "must be a string"),
    "deep unknown": (b'{"x":' + b"[" * 60_000, JSON, 422, "x", "not a known field"),
    "too large": (body(comment="x" * 70_000), JSON, 413, "body", "at most 65,536 bytes"),
    "a form": (b"comment=x", FORM, 415, "Content-Type", "application/json"),
    "no type": (body(comment="x"), {"Content-Type": ""}, 415, "Content-Type", "application/json"),
    "compressed": (
        gzip.compress(body(comment="x")),
        {**JSON, "Content-Encoding": "gzip"},
        415,
        "Content-Encoding",
        "must be identity",
    ),
}


@pytest.mark.parametrize(
    ("content", "headers", "status", "field", "detail"), BAD_BODIES.values(), ids=BAD_BODIES
)
def test_a_bad_body_is_rejected_and_not_stored(
    client: httpx.Client,
    content: bytes,
    headers: dict[str, str],
    status: int,
    field: str,
    detail: str,
) -> None:
    post_comment(client, "a comment, so that there is one")
    before = list_ids(client, 100)
    response = client.post("/comments", content=content, headers=headers)
    assert_field_problem(response, status, field, detail)
    assert list_ids(client, 100) == before


def test_the_size_of_a_chunked_body_is_limited_too(client: httpx.Client) -> None:
    chunks = (b"x" * 10_000 for _ in range(10))
    response = client.post("/comments", content=chunks, headers=JSON)
    assert_field_problem(response, 413, "body", "65,536 bytes")


def test_a_body_declared_too_large_is_rejected_before_it_arrives(shared_gateway: Gateway) -> None:
    with socket.create_connection(shared_gateway.address, timeout=5) as connection:
        connection.sendall(
            b"POST /comments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 99999999999\r\n\r\n"
        )
        assert connection.recv(1024).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/comments/5b0f4ad1-0d6f-4b8e-9d0a-0b6f7f5a2c11", 404),
        ("GET", "/comments/not-a-uuid", 404),
        ("GET", "/comments/" + "x" * 3_000, 404),
        ("GET", "/comments/%00", 404),
        ("GET", "/comments/", 404),
        ("GET", "/nothing", 404),
        ("GET", "/static/../app.py", 404),
        ("GET", "/static/%2e%2e/app.py", 404),
        ("PUT", "/comments", 405),
        ("POST", "/livez", 405),
        ("GET", "/service/Comprehend_20171127/operation/DetectSentiment", 405),
    ],
)
def test_an_unknown_path_or_method_is_a_problem(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    assert_problem(client.request(method, path), status)
