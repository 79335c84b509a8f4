"""The ledger's service: limits, errors and time limits; `tests/contract` tests the stores."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from prometheus_client import REGISTRY

from gateway.errors import InvalidInputError, NotFoundError, TimedOutError, UnavailableError
from gateway.ledger.cursor import Position
from gateway.ledger.filters import EVERYTHING, Filter, Period
from gateway.ledger.service import (
    EXPORT_RECORDS,
    MAX_CONCURRENT_LISTINGS,
    MAX_EXPORTS,
    MAX_LISTINGS,
    Ledger,
)
from gateway.ledger.statistics import By, Count
from gateway.ledger.store import Listing
from gateway.records import NewCorrection, Sentiment
from gateway.settings import Settings
from gateway.stores.sqlite.store import SQLiteStore
from tests.support.records import an_entry, entries_over_time, insert_all, newest_first

SENTIMENTS: tuple[Sentiment, ...] = get_args(Sentiment)
NOON = dt.datetime(2025, 10, 25, 12, tzinfo=dt.UTC)


class Store(SQLiteStore):
    """The embedded store, whose listings a test can hold."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.open = asyncio.Event()
        self.open.set()

    async def newest(
        self, limit: int, before: Position | None = None, where: Filter = EVERYTHING
    ) -> Listing:
        await self.open.wait()
        return await super().newest(limit, before, where)

    async def count(self, period: Period, by: By) -> list[Count]:
        await self.open.wait()
        return await super().count(period, by)


def value(name: str, **labels: str) -> float:
    """Of a metric."""
    return REGISTRY.get_sample_value(f"valence_gateway_{name}", labels) or 0


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(tmp_path / "comments.db")
    yield store
    await store.close()


@pytest.fixture
async def ledger(store: Store) -> Ledger:
    return Ledger(store, Settings(gateway_request_seconds=30.0))


async def test_an_unknown_record_is_not_found(ledger: Ledger) -> None:
    unknown = str(uuid.uuid4())
    correction = NewCorrection("negative")
    for work in (
        ledger.get(unknown),
        ledger.delete(unknown),
        ledger.correct(unknown, correction, "me"),
    ):
        with pytest.raises(NotFoundError):
            await work


async def test_a_correction_names_its_caller_and_time(ledger: Ledger, store: Store) -> None:
    entry = an_entry()
    await store.insert([entry])
    given = NewCorrection("negative", "irony")
    record, _ = await ledger.correct(entry.record.comment_id, given, "moderation")
    assert not isinstance(record.correction, msgspec.UnsetType)
    assert (record.correction.by, record.correction.note) == ("moderation", "irony")
    assert record.correction.at >= entry.record.timestamp
    removed, _ = await ledger.correct(entry.record.comment_id, None, "moderation")
    assert removed == entry.record


async def test_a_correction_is_counted_once(ledger: Ledger, store: Store) -> None:
    entry = an_entry()
    await store.insert([entry])
    labels = {"sentiment": entry.record.sentiment, "model": entry.record.model}
    before = [value("corrections_total", correction=each, **labels) for each in SENTIMENTS]
    for sentiment in ("negative", "negative", "neutral"):
        await ledger.correct(entry.record.comment_id, NewCorrection(sentiment), "moderation")
    await ledger.correct(entry.record.comment_id, None, "moderation")
    after = [value("corrections_total", correction=each, **labels) for each in SENTIMENTS]
    more = [new - old for new, old in zip(after, before, strict=True)]
    assert dict(zip(SENTIMENTS, more, strict=True)) == {"positive": 0, "negative": 1, "neutral": 1}


async def test_a_page_of_large_records_ends_early(ledger: Ledger, store: Store) -> None:
    # Each control character is six bytes of JSON.
    texts = {f"{number}".ljust(5_000, "\x01") for number in range(50)}
    await store.insert([an_entry(text) for text in texts])
    listed: list[str] = []
    pages, after = 0, None
    while pages == 0 or after:
        page = await ledger.page(100, after)
        assert 0 < len(msgspec.json.encode(page)) < 2**20
        listed += [record.original_comment for record in page.comments]
        pages, after = pages + 1, page.next_cursor
    assert pages == 2
    assert (len(listed), set(listed)) == (50, texts)


async def test_too_many_listings_are_refused(ledger: Ledger, store: Store) -> None:
    store.open.clear()
    listings = [asyncio.create_task(ledger.page(10, None)) for _ in range(MAX_LISTINGS)]
    await asyncio.sleep(0)
    shed = value("shed_total", work="listing")
    for work in (ledger.page(10, None), ledger.statistics(None, None, "day")):
        with pytest.raises(UnavailableError, match="too many listings"):
            await work
    assert value("shed_total", work="listing") == shed + 2
    for name, full in (
        ("queue_length", MAX_LISTINGS - MAX_CONCURRENT_LISTINGS),
        ("queue_limit", MAX_LISTINGS + MAX_EXPORTS - MAX_CONCURRENT_LISTINGS),
    ):
        assert value(name, queue="listing") == full
    for name in ("in_progress", "in_progress_limit"):
        assert value(name, work="listing") == MAX_CONCURRENT_LISTINGS
    waited = value("queue_wait_seconds_count", queue="listing")
    store.open.set()
    await asyncio.gather(*listings)
    assert value("queue_length", queue="listing") == value("in_progress", work="listing") == 0
    more = value("queue_wait_seconds_count", queue="listing") - waited
    assert more == MAX_LISTINGS - MAX_CONCURRENT_LISTINGS
    assert (await ledger.page(10, None)).comments == []


async def test_an_export_has_every_record_once(ledger: Ledger, store: Store) -> None:
    entries = entries_over_time(2 * EXPORT_RECORDS + 1)
    await insert_all(store, entries)
    parts = [part async for part in ledger.export()]
    assert [len(part) for part in parts] == [EXPORT_RECORDS, EXPORT_RECORDS, 1]
    assert [record for part in parts for record in part] == newest_first(entries)


async def test_an_export_that_is_given_up_makes_room(ledger: Ledger, store: Store) -> None:
    await insert_all(store, entries_over_time(EXPORT_RECORDS + 1))
    for _ in range(2 * MAX_EXPORTS):
        export = ledger.export()
        await anext(export)
        await export.aclose()


async def test_exports_have_a_limit_of_their_own(ledger: Ledger, store: Store) -> None:
    await insert_all(store, entries_over_time(EXPORT_RECORDS + 1))
    exports = [ledger.export() for _ in range(MAX_EXPORTS)]
    for export in exports:
        await anext(export)
    shed = value("shed_total", work="export")
    with pytest.raises(UnavailableError, match="too many exports"):
        await anext(ledger.export())
    assert value("shed_total", work="export") == shed + 1
    assert value("in_progress", work="export") == MAX_EXPORTS
    assert len((await ledger.page(10, None)).comments) == 10
    # A refusal would cut an export off.
    store.open.clear()
    listings = [asyncio.create_task(ledger.page(10, None)) for _ in range(MAX_LISTINGS)]
    await asyncio.sleep(0)
    rests = [asyncio.create_task(anext(export)) for export in exports]
    store.open.set()
    assert [len(rest) for rest in await asyncio.gather(*rests)] == [1] * MAX_EXPORTS
    await asyncio.gather(*listings)
    for export in exports:
        await export.aclose()
    assert await anext(ledger.export())


async def test_statistics_have_an_interval_for_each_hour(ledger: Ledger, store: Store) -> None:
    await store.insert([an_entry(timestamp="2025-10-25T12:30:00.000Z")])
    until = NOON + dt.timedelta(hours=2, minutes=5)
    answer = await ledger.statistics(NOON - dt.timedelta(minutes=1), until, "hour")
    starts = [interval.start[11:16] for interval in answer.intervals]
    assert starts == ["11:00", "12:00", "13:00", "14:00"]
    assert [interval.records for interval in answer.intervals] == [0, 1, 0, 0]
    one = answer.intervals[1]
    assert one.sentiment == {"positive": 1, "negative": 0, "neutral": 0}
    assert one.correction == {"none": 1, "positive": 0, "negative": 0, "neutral": 0}


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [(NOON, NOON, "to"), (NOON - dt.timedelta(days=32), NOON, "from")],
)
async def test_a_wrong_span_names_its_field(
    ledger: Ledger, since: dt.datetime, until: dt.datetime, field: str
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        await ledger.statistics(since, until, "hour")
    assert refusal.value.field == field


async def test_statistics_that_take_too_long_say_what_to_narrow(store: Store) -> None:
    ledger = Ledger(store, Settings(gateway_request_seconds=0.05))
    store.open.clear()
    with pytest.raises(TimedOutError, match="narrow `from` and `to`"):
        await ledger.statistics(None, None, "hour")
