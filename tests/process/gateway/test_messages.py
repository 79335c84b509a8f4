"""What a running gateway says of bad input: the field, and the true cause in plain English.

`test_bad_input` has the bodies of `POST /comments`.
"""

from __future__ import annotations

import json

import httpx
import pytest

from tests.support.api import assert_field_problem, post_comment

JSON = {"Content-Type": "application/json"}
TIME = "must be a time like 2025-10-25T19:30:00Z, with an offset, from 1970 to 9998"
DIGEST = "must be sha256: and 64 hexadecimal digits in lower case"
SENTIMENT = "must be one of negative, neutral, positive"
KEY = "must have 1 to 255 printable ASCII characters"
BACKWARDS = "from=2025-01-02T00:00:00Z&to=2025-01-01T00:00:00Z"
LONG = "from=2025-01-01T00:00:00Z&to=2025-03-01T00:00:00Z"

FILTERS = [
    ("sentiment=mixed", "sentiment", SENTIMENT),
    ("sentiment=", "sentiment", SENTIMENT),
    ("confidence=none", "confidence", "must be one of high, low, medium"),
    ("model=sha256:1", "model", DIGEST),
    ("corrected=maybe", "corrected", "must be true or false"),
    ("corrected=", "corrected", "must be true or false"),
    ("corrected=null", "corrected", "must not be null"),
    ("from=yesterday", "from", TIME),
    ("to=2025-10-25T12:00:00", "to", TIME),
    ("from=2025-10-25T12:00:00+01:00", "from", f"{TIME} (a + is written as %2B in an address)"),
    (BACKWARDS, "to", "must be after `from`"),
    ("since=2025-10-25T12:00:00Z", "since", "is not a known parameter"),
    ("=1", "query", "has a parameter without a name"),
    ("sentiment=neutral&sentiment=neutral", "sentiment", "is given more than once"),
    ("x" * 1_025, "query", "must have at most 1,024 bytes"),
]
QUERIES = [
    *(("/comments", *case) for case in FILTERS),
    *(("/comments/export", *case) for case in FILTERS),
    ("/comments", "limit=101", "limit", "must be at most 100"),
    ("/comments", "limit=x", "limit", "must be a whole number"),
    ("/comments", "cursor=x", "cursor", "is not a cursor of a listing with these filters"),
    ("/comments/export", "format=xlsx", "format", "must be one of csv, jsonl"),
    ("/comments/export", "limit=1", "limit", "is not a known parameter"),
    ("/statistics", "by=week", "by", "must be one of day, hour"),
    ("/statistics", BACKWARDS, "to", "must be after `from`"),
    ("/statistics", LONG, "from", "must be at most 31 days before `to`"),
    (
        *("/statistics", "from=2025-01-01T00:00:00Z", "from"),
        "must be at most 31 days before `to`, which is now unless it is given",
    ),
    (
        *("/statistics", "from=9000-01-01T00:00:00Z", "from"),
        "must be before `to`, which is now unless it is given",
    ),
]


@pytest.mark.parametrize(("path", "query", "field", "detail"), QUERIES)
def test_a_wrong_query(
    client: httpx.Client, path: str, query: str, field: str, detail: str
) -> None:
    response = client.get(f"{path}?{query}")
    assert_field_problem(response, 422, field, "")
    assert response.json()["errors"][0]["detail"] == detail


@pytest.mark.parametrize(
    ("content", "status", "field", "detail"),
    [
        (b"", 400, "body", "is not valid JSON: it is empty"),
        (b"{", 400, "body", "is not valid JSON: Input data was truncated"),
        (b'{"sentiment": "\xff"}', 400, "body", "is not valid JSON: it is not UTF-8"),
        (rb'{"sentiment": "\ud800"}', 400, "body", "are \\ud800 to \\udfff paired?"),
        (b"null", 422, "body", "must be an object, not null"),
        (b"{}", 422, "sentiment", "is required"),
        (b'{"sentiment": "mixed"}', 422, "sentiment", SENTIMENT),
        (b'{"sentiment": 1}', 422, "sentiment", "must be a string, not a whole number"),
        (b'{"sentiment": ' + b"[" * 50_000, 422, "sentiment", "must be a string, not an array"),
        (b'{"x": ' + b"[" * 50_000, 422, "x", "is not a known field"),
        (b'{"sentiment": ' + b"9" * 50_000 + b"}", 422, "sentiment", "is a number out of range"),
        (b'{"sentiment": "neutral", "note": null}', 422, "note", "must be a string, not null"),
        (b'{"sentiment": "neutral", "note": "\\u0000"}', 422, "note", "NUL"),
        (
            json.dumps({"sentiment": "neutral", "note": "x" * 1_001}).encode(),
            *(422, "note", "must have at most 1,000 characters"),
        ),
        (b'{"sentiment": "neutral", "by": "me"}', 422, "by", "is not a known field"),
        (b'{"note": "", "sentiment": "neutral", "note": ""}', 422, "note", "is given twice"),
        (b"x" * 70_000, 413, "body", "must have at most 65,536 bytes"),
    ],
)
def test_a_wrong_correction(
    client: httpx.Client, content: bytes, status: int, field: str, detail: str
) -> None:
    record = post_comment(client, "good")
    path = f"/comments/{record['comment_id']}"
    response = client.put(f"{path}/correction", content=content, headers=JSON)
    assert_field_problem(response, status, field, detail)
    assert client.get(path).json() == record


def test_a_correction_may_begin_with_a_byte_order_mark(client: httpx.Client) -> None:
    record = post_comment(client, "good")
    path = f"/comments/{record['comment_id']}/correction"
    content = b'\xef\xbb\xbf{"sentiment": "neutral"}'
    assert client.put(path, content=content, headers=JSON).status_code == 200


@pytest.mark.parametrize(
    ("comment", "field", "detail"),
    [
        (None, "comments[1]", "must be an object, not null"),
        ({"comment": "\ud800"}, "comments[1]", "are \\ud800 to \\udfff paired?"),
        ({}, "comment", "is required"),
        ({"comment": " "}, "comment", "must not be blank"),
        ({"comment": "x", "idempotency_key": ""}, "idempotency_key", "at least 1 character"),
        ({"comment": "x", "idempotency_key": "known"}, "idempotency_key", "for another comment"),
        ({"comment": "x", "idempotency_key": " a"}, "idempotency_key", KEY),
        ({"comment": "x", "idempotency_key": "é"}, "idempotency_key", KEY),
        (
            {"comment": "x", "idempotency_key": 1},
            *("idempotency_key", "must be a string or null, not a whole number"),
        ),
    ],
)
def test_a_wrong_comment_of_a_batch(
    client: httpx.Client, comment: object, field: str, detail: str
) -> None:
    body = json.dumps({"comments": [{"comment": "good", "idempotency_key": "known"}, comment]})
    response = client.post("/comments/batch", content=body, headers=JSON)
    _, outcome = response.json()["outcomes"]
    [error] = outcome["problem"]["errors"]
    assert error["field"] == field
    assert detail in error["detail"]
