"""Corrections, filters and statistics of a running gateway."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.support.api import assert_field_problem, assert_problem, post_comment
from tests.support.gateways import Gateway


@pytest.fixture(scope="module")
def gateway(bento_url: str) -> Iterator[Gateway]:
    with Gateway(bento_url) as gateway:
        yield gateway


@pytest.fixture
def client(gateway: Gateway) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=gateway.url, timeout=30) as client:
        yield client


def test_a_correction_is_part_of_the_record(client: httpx.Client) -> None:
    record = post_comment(client, "Great, it broke again.")
    path = f"/comments/{record['comment_id']}"
    corrected = client.put(f"{path}/correction", json={"sentiment": "negative", "note": "irony"})
    assert corrected.status_code == 200
    correction = corrected.json()["correction"]
    assert corrected.json() == record | {"correction": correction}
    assert correction["sentiment"] == "negative"
    assert correction["note"] == "irony"
    assert correction["at"] >= record["timestamp"]
    assert client.get(path).json() == corrected.json()
    explained = client.get(path, params={"explain": "true"}).json()
    assert explained["correction"] == correction
    assert explained["explanation"]["spans"]
    [listed] = client.get("/comments", params={"corrected": "true"}).json()["comments"]
    assert listed == corrected.json()
    # Again, by whomever and whenever: nothing changes.
    again = client.put(f"{path}/correction", json={"sentiment": "negative", "note": "irony"})
    assert again.json() == corrected.json()
    for _ in range(2):
        removed = client.delete(f"{path}/correction")
        assert (removed.status_code, removed.json()) == (200, record)
    assert client.get("/comments", params={"corrected": "true"}).json()["comments"] == []


def test_an_unknown_record_cannot_be_corrected(client: httpx.Client) -> None:
    path = f"/comments/{uuid.uuid4()}/correction"
    assert_problem(client.put(path, json={"sentiment": "neutral"}), 404)
    assert_problem(client.delete(path), 404)


def test_a_correction_that_is_not_declared_as_json_is_refused(client: httpx.Client) -> None:
    record = post_comment(client, "good")
    path = f"/comments/{record['comment_id']}/correction"
    assert_problem(client.put(path, content=b"sentiment=neutral"), 415)


def test_filters_and_statistics_agree(bento_url: str) -> None:
    with Gateway(bento_url) as gateway, httpx.Client(base_url=gateway.url) as client:
        before = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
        texts = ["I love it!", "I hate it.", "The shop opens at nine.", "great", "awful", "😀"]
        records = [post_comment(client, text) for text in texts]
        corrected = client.put(
            f"/comments/{records[3]['comment_id']}/correction", json={"sentiment": "neutral"}
        ).json()
        records[3] = corrected
        after = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
        span = {"from": before.isoformat(), "to": after.isoformat()}
        statistics = client.get("/statistics", params=span | {"by": "day"}).json()
        assert sum(each["records"] for each in statistics["intervals"]) == len(records)
        for name in ("sentiment", "confidence", "model"):
            for value in {record[name] for record in records}:
                query = {name: value, "limit": 2} | span
                found: list[str] = []
                cursor: dict[str, str] = {}
                while True:
                    page = client.get("/comments", params=query | cursor).json()
                    found += [record["comment_id"] for record in page["comments"]]
                    if page["next_cursor"] is None:
                        break
                    cursor = {"cursor": page["next_cursor"]}
                expected = [r["comment_id"] for r in records if r[name] == value]
                assert sorted(found) == sorted(expected)
                counted = sum(each[name][value] for each in statistics["intervals"])
                assert counted == len(expected)
        assert sum(each["correction"]["neutral"] for each in statistics["intervals"]) == 1
        nothing = {"from": after.isoformat()}
        assert client.get("/comments", params=nothing).json()["comments"] == []


def test_a_cursor_of_another_filter_is_refused(client: httpx.Client) -> None:
    for _ in range(3):
        post_comment(client, "I love it!")
    first = client.get("/comments", params={"limit": 1, "sentiment": "positive"}).json()
    cursor = {"limit": 1, "cursor": first["next_cursor"]}
    assert client.get("/comments", params=cursor | {"sentiment": "positive"}).status_code == 200
    for other in ({}, {"sentiment": "negative"}):
        assert_field_problem(
            client.get("/comments", params=cursor | other), 422, "cursor", "filter"
        )
