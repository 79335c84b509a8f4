"""`GET /comments` of a running gateway."""

from __future__ import annotations

import base64
import uuid

import httpx
import pytest

from tests.support.api import assert_field_problem, list_ids, post_comment
from tests.support.gateways import Gateway

COMMENTS = 12


def test_pages_list_each_record_once_newest_first(bento_url: str) -> None:
    with (
        Gateway(bento_url) as gateway,
        httpx.Client(base_url=gateway.url) as client,
    ):
        assert client.get("/comments").json() == {"comments": [], "next_cursor": None}
        records = [post_comment(client, f"comment {n}") for n in range(COMMENTS)]
        records.sort(key=lambda record: (record["timestamp"], record["comment_id"]), reverse=True)
        for limit in (1, 3, COMMENTS, 100):
            assert list_ids(client, limit) == [record["comment_id"] for record in records]
        assert client.get("/comments").json()["comments"] == records


def forged(text: str) -> str:
    """A cursor for a position that was made up."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("query", "field", "detail"),
    [
        ({"limit": "0"}, "limit", "at least 1"),
        ({"limit": "101"}, "limit", "at most 100"),
        ({"limit": "ten"}, "limit", "a whole number"),
        ({"limit": "1e2"}, "limit", "a whole number"),
        ({"limit": "5.0"}, "limit", "a whole number"),
        ({"limit": "9" * 900}, "limit", ""),
        ({"limit": "9" * 5_000}, "query", "at most 1,024 bytes"),
        ({"cursor": "made-up"}, "cursor", "not a cursor"),
        ({"cursor": "é"}, "cursor", "not a cursor"),
        ({"cursor": forged("2025-10-25T19:30:00.123Z#x")}, "cursor", "not a cursor"),
        ({"cursor": forged("'; DROP TABLE comments; --")}, "cursor", "not a cursor"),
        ({"cursor": "x" * 201}, "cursor", "at most 200 characters"),
        ({"cursor": ""}, "cursor", "not a cursor"),
        ({"cursor": forged(f"9999-99-99T99:99:99.999Z#{uuid.UUID(int=0)}")}, "cursor", "not"),
        ({"page": "2"}, "page", "not a known parameter"),
        ({"limit": ["1", "2"]}, "limit", "more than once"),
    ],
)
def test_a_bad_query_is_rejected(
    client: httpx.Client, query: dict[str, str | list[str]], field: str, detail: str
) -> None:
    assert_field_problem(client.get("/comments", params=query), 422, field, detail)
