"""Idempotency keys: the same key and comment give one record, on any gateway of a store."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from gateway.stores.dynamodb import client as aws
from gateway.stores.dynamodb import table
from tests.support.gateways import Gateway


class Pair(NamedTuple):
    """Two gateways on one store."""

    store: str
    gateways: tuple[Gateway, Gateway]


@pytest.fixture(scope="module", params=["sqlite", "dynamodb"])
def pair(
    request: pytest.FixtureRequest, bento_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    settings: dict[str, Any]
    if request.param == "sqlite":
        settings = {"GATEWAY_SQLITE_PATH": tmp_path_factory.mktemp("pair") / "comments.db"}
    else:
        request.getfixturevalue("dynamodb_url")
        settings = {"DYNAMODB_TABLE_NAME": f"comments-{uuid.uuid4()}"}
        table.create(aws.connect(), str(settings["DYNAMODB_TABLE_NAME"]))
    with Gateway(bento_url, **settings) as one, Gateway(bento_url, **settings) as other:
        yield Pair(request.param, (one, other))


def post(gateway: Gateway, comment: str, key: str) -> httpx.Response:
    return httpx.post(
        f"{gateway.url}/comments", json={"comment": comment}, headers={"Idempotency-Key": key}
    )


def test_a_repeated_key_returns_the_first_record(pair: Pair) -> None:
    key = str(uuid.uuid4())
    first = post(pair.gateways[0], "good", key)
    assert first.status_code == 201
    for gateway in pair.gateways:
        again = post(gateway, "good", key)
        assert again.status_code == 200
        assert again.json() == first.json()
        assert again.headers["Location"] == first.headers["Location"]


def test_a_key_with_another_comment_is_rejected(pair: Pair) -> None:
    key = str(uuid.uuid4())
    first = post(pair.gateways[0], "good", key)
    for gateway in pair.gateways:
        other = post(gateway, "bad", key)
        assert other.status_code == 422
        assert other.json()["errors"][0]["field"] == "Idempotency-Key"
    kept = httpx.get(pair.gateways[0].url + first.headers["Location"])
    assert kept.json() == first.json()


async def test_of_many_requests_at_once_one_creates_the_record(pair: Pair) -> None:
    key = str(uuid.uuid4())
    async with httpx.AsyncClient(timeout=30) as client:
        answers = await asyncio.gather(
            *(
                client.post(
                    f"{gateway.url}/comments",
                    json={"comment": "good"},
                    headers={"Idempotency-Key": key},
                )
                for gateway in pair.gateways * 16
            )
        )
    statuses = [answer.status_code for answer in answers]
    created = statuses.count(201)
    assert created + statuses.count(200) == len(statuses)
    # A gateway that had to retry a call to DynamoDB may find its own record there: 200 to all.
    assert created == 1 or (created == 0 and pair.store == "dynamodb")
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_an_invalid_key_is_rejected(pair: Pair, key: str) -> None:
    rejected = post(pair.gateways[0], "good", key)
    assert rejected.status_code == 422
    assert rejected.json()["errors"][0]["field"] == "Idempotency-Key"


def test_a_key_may_be_used_again_after_its_record_expired(bento_url: str, tmp_path: Path) -> None:
    path = tmp_path / "comments.db"
    with Gateway(bento_url, GATEWAY_SQLITE_PATH=path, GATEWAY_RETENTION_DAYS=1) as gateway:
        first = post(gateway, "good", "key")
        assert first.status_code == 201
        assert post(gateway, "good", "key").status_code == 200
        # A day passes.
        with contextlib.closing(sqlite3.connect(path)) as store, store:
            [(left,)] = store.execute("SELECT expires_at - unixepoch() FROM comments")
            assert 86_000 < left <= 86_400
            store.execute("UPDATE comments SET expires_at = unixepoch() - 1")
        assert httpx.get(gateway.url + first.headers["Location"]).status_code == 404
        assert post(gateway, "bad", "key").status_code == 201
