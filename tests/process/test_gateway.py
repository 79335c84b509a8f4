"""The gateway over real sockets: what it answers to good and to bad input."""

from __future__ import annotations

import base64
import gzip
import json
import re
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.gateways import Gateway

EXAMPLE = "This is a fantastic project and it works perfectly!"
KEYS = ["comment_id", "timestamp", "original_comment", "sentiment", "score", "confidence"]

GOOD = {
    "tab and newline": "good\tvery\r\ngood\n",
    "emoji": "👨‍👩‍👧‍👦 🏳️‍🌈 👍🏽 great",
    "right to left": "‏هذا رائع‎ and this too \u202eevil\u202c",
    "marks": "Z̷̢͔̈́a̸l̶g̵o é e\u0301",
    "astral, as long as may be": "😀" * 5_000,
    "one character": "x",
    "markup": "<script>alert(1)</script> &amp; '\"",
    "log and header injection": "a\r\nSet-Cookie: b\r\n\r\n{}",
    "JSON": '{"comment":"x","comment":"a good one"}',
}

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def client(gateway_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=gateway_url, timeout=30) as client:
        yield client


def post(client: httpx.Client, comment: str) -> dict[str, Any]:
    response = client.post("/comments", json={"comment": comment})
    assert response.status_code == 201, response.text
    record: dict[str, Any] = response.json()
    return record


def all_ids(client: httpx.Client, limit: int) -> list[str]:
    ids: list[str] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        page = client.get("/comments", params=query).json()
        assert 0 < len(page["comments"]) <= limit
        ids += [record["comment_id"] for record in page["comments"]]
        if page["next_cursor"] is None:
            return ids
        query["cursor"] = page["next_cursor"]


def test_a_comment_is_answered_with_its_record(client: httpx.Client) -> None:
    response = client.post("/comments", json={"comment": EXAMPLE})
    record = response.json()
    assert response.status_code == 201
    assert list(record)[:6] == KEYS
    assert record["original_comment"] == EXAMPLE
    assert record["sentiment"] == "positive"
    assert record["confidence"] == "high"
    assert re.fullmatch(r"0\.\d{4}|1\.0000", record["score"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["timestamp"])
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", record["model"])
    assert response.headers["Location"] == f"/comments/{record['comment_id']}"
    assert client.get(response.headers["Location"]).json() == record


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD.keys())
def test_good_text_is_kept_as_it_is(client: httpx.Client, text: str) -> None:
    record = post(client, text)
    assert record["original_comment"] == text
    assert client.get(f"/comments/{record['comment_id']}").json() == record


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=0, max_size=200))
def test_any_text_is_kept_or_refused(client: httpx.Client, text: str) -> None:
    response = client.post("/comments", json={"comment": text})
    blank = not any(c.isprintable() and not c.isspace() for c in text)
    if blank or "\0" in text:
        assert response.status_code == 422
    else:
        assert response.json()["original_comment"] == text
        assert client.get(response.headers["Location"]).json() == response.json()


def body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


BAD: dict[str, tuple[bytes, dict[str, str], int, str, str]] = {
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
    "twice": (b'{"comment":"x","comment":"y"}', JSON, 422, "comment", "given twice"),
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
    "a form": (
        b"comment=x",
        {"Content-Type": "application/x-www-form-urlencoded"},
        415,
        "Content-Type",
        "application/json",
    ),
    "compressed": (
        gzip.compress(body(comment="x")),
        {**JSON, "Content-Encoding": "gzip"},
        415,
        "Content-Encoding",
        "must be identity",
    ),
    "no type": (body(comment="x"), {"Content-Type": ""}, 415, "Content-Type", "application/json"),
}


def assert_problem(response: httpx.Response, status: int, field: str, detail: str) -> None:
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["title"]
    assert [error["field"] for error in problem["errors"]] == [field]
    assert detail in problem["errors"][0]["detail"]
    assert problem["detail"].startswith(f"{field}: ")


@pytest.mark.parametrize(("content", "headers", "status", "field", "detail"), BAD.values(), ids=BAD)
def test_bad_input_is_named_and_not_stored(
    client: httpx.Client,
    content: bytes,
    headers: dict[str, str],
    status: int,
    field: str,
    detail: str,
) -> None:
    post(client, "a comment, so that there is one")
    before = all_ids(client, 100)
    assert_problem(
        client.post("/comments", content=content, headers=headers), status, field, detail
    )
    assert all_ids(client, 100) == before


def test_a_chunked_body_is_bounded_too(client: httpx.Client) -> None:
    chunks = (b"x" * 10_000 for _ in range(10))
    assert_problem(
        client.post("/comments", content=chunks, headers=JSON), 413, "body", "65,536 bytes"
    )


def test_a_body_declared_too_large_is_refused_before_it_comes(gateway_url: str) -> None:
    address = ("127.0.0.1", int(gateway_url.rpartition(":")[2]))
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(
            b"POST /comments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 99999999999\r\n\r\n"
        )
        assert connection.recv(1024).startswith(b"HTTP/1.1 413 ")


def made_up(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("query", "field", "detail"),
    [
        ({"limit": "0"}, "limit", "at least 1"),
        ({"limit": "101"}, "limit", "at most 100"),
        ({"limit": "ten"}, "limit", "a whole number"),
        ({"limit": "9" * 900}, "limit", ""),
        ({"limit": "9" * 5_000}, "query", "at most 1,024 bytes"),
        ({"cursor": "made-up"}, "cursor", "not a cursor"),
        ({"cursor": "é"}, "cursor", "not a cursor"),
        ({"cursor": made_up("2025-10-25T19:30:00.123Z#x")}, "cursor", "not a cursor"),
        ({"cursor": made_up("'; DROP TABLE comments; --")}, "cursor", "not a cursor"),
        ({"cursor": "x" * 201}, "cursor", "at most 200 characters"),
        ({"cursor": ""}, "cursor", "not a cursor"),
        ({"cursor": made_up("9999-99-99T99:99:99.999Z#" + str(uuid.UUID(int=0)))}, "cursor", "not"),
        ({"page": "2"}, "page", "not a known field"),
        ({"limit": ["1", "2"]}, "limit", "more than once"),
    ],
)
def test_bad_listings_are_named(
    client: httpx.Client, query: dict[str, str | list[str]], field: str, detail: str
) -> None:
    assert_problem(client.get("/comments", params=query), 422, field, detail)


def test_a_cut_cursor_is_refused(client: httpx.Client) -> None:
    for n in range(3):
        post(client, f"comment {n}")
    cursor = client.get("/comments", params={"limit": 1}).json()["next_cursor"]
    for cut in (cursor[:-1], cursor[1:], cursor[: len(cursor) // 2]):
        response = client.get("/comments", params={"cursor": cut})
        assert_problem(response, 422, "cursor", "not a cursor")


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_give_each_record_once_newest_first(
    gateway_with_few: httpx.Client, limit: int
) -> None:
    ids = all_ids(gateway_with_few, limit)
    assert len(ids) == len(set(ids)) == 12
    records = [gateway_with_few.get(f"/comments/{comment_id}").json() for comment_id in ids]
    order = [(record["timestamp"], record["comment_id"]) for record in records]
    assert order == sorted(order, reverse=True)


@pytest.fixture(scope="module")
def gateway_with_few(
    bento_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    store = tmp_path_factory.mktemp("few") / "comments.db"
    with (
        Gateway(bento_url, SQLITE_PATH=store) as gateway,
        httpx.Client(base_url=gateway.url) as client,
    ):
        for n in range(12):
            post(client, f"comment {n}")
        yield client


def test_an_empty_store_lists_nothing(bento_url: str, tmp_path: Path) -> None:
    with Gateway(bento_url, SQLITE_PATH=tmp_path / "comments.db") as gateway:
        page = httpx.get(f"{gateway.url}/comments").json()
    assert page == {"comments": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/comments/{uuid.uuid4()}", 404),
        ("GET", "/comments/not-a-uuid", 404),
        ("GET", "/comments/" + "x" * 3_000, 404),
        ("GET", "/comments/%00", 404),
        ("GET", "/comments/", 404),
        ("GET", "/nothing", 404),
        ("GET", "/static/../app.py", 404),
        ("GET", "/static/%2e%2e/app.py", 404),
        ("PUT", "/comments", 405),
        ("POST", "/livez", 405),
    ],
)
def test_what_is_not_there_is_a_problem_too(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    response = client.request(method, path)
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == status


def test_records_survive_a_restart(bento_url: str, tmp_path: Path) -> None:
    path = tmp_path / "comments.db"
    with (
        Gateway(bento_url, SQLITE_PATH=path) as gateway,
        httpx.Client(base_url=gateway.url) as client,
    ):
        record = post(client, EXAMPLE)
    assert gateway.process.exit_code == 0
    with Gateway(bento_url, SQLITE_PATH=path) as gateway:
        again = httpx.get(f"{gateway.url}/comments/{record['comment_id']}")
        assert again.json() == record


@pytest.mark.parametrize("suffix", ["", "/", "/sentiment", "/sentiment/"])
def test_the_known_url_of_the_bento_works(bento_url: str, tmp_path: Path, suffix: str) -> None:
    with Gateway(bento_url + suffix, SQLITE_PATH=tmp_path / "comments.db") as gateway:
        response = httpx.post(f"{gateway.url}/comments", json={"comment": EXAMPLE})
        assert response.status_code == 201
        assert httpx.get(f"{gateway.url}/readyz").status_code == 200


def test_every_answer_has_the_security_headers(client: httpx.Client) -> None:
    for path in ("/", "/docs", "/comments", "/nothing", "/static/page.js"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
