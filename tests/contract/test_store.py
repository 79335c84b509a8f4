"""What every store must do, asked of each of them."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway import dynamodb, table
from gateway.cursor import Position
from gateway.dynamodb import DynamoDBStore
from gateway.records import Record
from gateway.sqlite import SQLiteStore
from gateway.store import Store
from tests.support.records import a_record

START = dt.datetime(2025, 10, 25, 19, 30, tzinfo=dt.UTC)

# What the gateway lets through: no surrogates, no NUL.
any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@pytest.fixture(params=["sqlite", "dynamodb"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """A new, empty store."""
    opened: Store
    if request.param == "sqlite":
        opened = SQLiteStore(tmp_path / "folder" / "comments.db")
    else:
        request.getfixturevalue("dynamodb_url")
        client = dynamodb.connect()
        name = f"comments-{uuid.uuid4()}"
        table.create(client, name)
        opened = DynamoDBStore(client, name, retry_seconds=2)
    yield opened
    await opened.close()


def records_over_time(count: int) -> list[Record]:
    """Oldest first, two to a millisecond."""
    return [
        a_record(
            f"comment {n}",
            timestamp=(START + dt.timedelta(milliseconds=n // 2))
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
        )
        for n in range(count)
    ]


async def insert_all(store: Store, records: list[Record]) -> None:
    for start in range(0, len(records), store.max_batch):
        batch = records[start : start + store.max_batch]
        assert await store.insert(batch) == batch


async def test_what_was_inserted_is_there(store: Store) -> None:
    first, second = a_record("first"), a_record("second")
    assert await store.insert([first, second]) == [first, second]
    assert await store.get(first.comment_id) == first
    assert await store.get(second.comment_id) == second
    assert await store.get(str(uuid.uuid4())) is None


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=any_text)
async def test_any_text_comes_back_as_it_was(store: Store, text: str) -> None:
    record = a_record(text)
    assert await store.insert([record]) == [record]
    assert await store.get(record.comment_id) == record


async def test_a_taken_id_is_never_overwritten(store: Store) -> None:
    winner = a_record("first")
    loser = msgspec.structs.replace(winner, original_comment="second", sentiment="negative")
    other = a_record("other")
    await store.insert([winner])
    assert await store.insert([loser, other]) == [winner, other]
    assert await store.get(winner.comment_id) == winner
    assert await store.get(other.comment_id) == other


async def test_of_two_writers_at_once_one_wins(store: Store) -> None:
    comment_id = str(uuid.uuid4())
    rivals = [a_record(f"rival {n}", comment_id=comment_id) for n in range(8)]
    results = await asyncio.gather(*(store.insert([rival]) for rival in rivals))
    stored = await store.get(comment_id)
    assert stored in rivals
    assert results == [[stored]] * len(rivals)


async def test_a_full_batch_is_taken(store: Store) -> None:
    records = records_over_time(store.max_batch)
    assert await store.insert(records) == records
    assert len(await store.newest(store.max_batch)) == store.max_batch


async def test_newest_goes_by_timestamp_then_id(store: Store) -> None:
    records = records_over_time(60)
    await insert_all(store, records)
    expected = sorted(records, key=Position.of, reverse=True)
    assert await store.newest(100) == expected
    assert await store.newest(7) == expected[:7]


@pytest.mark.parametrize("size", [1, 7, 20])
async def test_pages_give_each_record_once_and_end(store: Store, size: int) -> None:
    records = records_over_time(41)
    await insert_all(store, records)
    walked: list[Record] = []
    before = None
    while page := await store.newest(size, before):
        assert len(page) <= size
        walked += page
        before = Position.of(page[-1])
    assert walked == sorted(records, key=Position.of, reverse=True)


async def test_what_comes_during_a_walk_does_not_disturb_it(store: Store) -> None:
    records = records_over_time(20)
    await insert_all(store, records)
    expected = sorted(records, key=Position.of, reverse=True)
    first = await store.newest(10)
    await store.insert([a_record("newer than all")])
    assert first + await store.newest(20, Position.of(first[-1])) == expected


async def test_check_passes_on_a_store_that_works(store: Store) -> None:
    await store.check()
    assert await store.newest(10) == []
