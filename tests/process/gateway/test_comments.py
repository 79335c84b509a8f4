"""Posting comments to a running gateway: the record, texts of all kinds, the headers."""

from __future__ import annotations

import re

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.api import post_comment
from tests.support.gateways import Gateway

EXAMPLE = "This is a fantastic project and it works perfectly!"
KEYS = ["comment_id", "timestamp", "original_comment", "sentiment", "score", "confidence"]

TEXTS = {
    "tab and newline": "good\tvery\r\ngood\n",
    "emoji": "👨‍👩‍👧‍👦 🏳️‍🌈 👍🏽 great",
    "right to left": "‏هذا رائع‎ and this too \u202eevil\u202c",
    "combining marks": "Z̷̢͔̈́a̸l̶g̵o é e\u0301",
    "the longest, all astral": "😀" * 5_000,
    "one character": "x",
    "markup": "<script>alert(1)</script> &amp; '\"",
    "log and header injection": "a\r\nSet-Cookie: b\r\n\r\n{}",
    "JSON": '{"comment":"x","comment":"a good one"}',
}


def test_the_answer_is_the_stored_record(client: httpx.Client) -> None:
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


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_text_is_stored_unchanged(client: httpx.Client, text: str) -> None:
    record = post_comment(client, text)
    assert record["original_comment"] == text
    assert client.get(f"/comments/{record['comment_id']}").json() == record


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=0, max_size=200))
def test_any_text_is_stored_unchanged_or_rejected(client: httpx.Client, text: str) -> None:
    response = client.post("/comments", json={"comment": text})
    blank = not any(c.isprintable() and not c.isspace() for c in text)
    if blank or "\0" in text:
        assert response.status_code == 422
    else:
        assert response.json()["original_comment"] == text
        assert client.get(response.headers["Location"]).json() == response.json()


def test_the_bento_may_be_given_by_the_url_of_its_route(bento_url: str) -> None:
    with (
        Gateway(f"{bento_url}/sentiment/") as gateway,
        httpx.Client(base_url=gateway.url) as client,
    ):
        post_comment(client, EXAMPLE)
        assert client.get("/readyz").status_code == 200


def test_every_answer_has_the_security_headers(client: httpx.Client) -> None:
    for path in ("/", "/docs", "/comments", "/nothing", "/static/page.js"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_every_answer_names_its_request_and_model(client: httpx.Client) -> None:
    answer = client.post("/comments", json={"comment": EXAMPLE}, headers={"X-Request-ID": "me-1"})
    assert answer.headers["X-Request-ID"] == "me-1"
    assert answer.headers["X-Model"] == answer.json()["model"]
    generated = {client.get("/nothing").headers["X-Request-ID"] for _ in range(3)}
    assert len(generated) == 3
    forged = client.get("/livez", headers={"X-Request-ID": "a b{}"})
    assert forged.headers["X-Request-ID"] != "a b{}"


@pytest.mark.parametrize("path", ["/", "/docs", "/static/page.js"])
def test_links_to_the_page_may_carry_parameters(gateway_url: str, path: str) -> None:
    assert httpx.get(f"{gateway_url}{path}?utm_source=news&utm_source=mail").status_code == 200
