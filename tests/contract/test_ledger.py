"""Filters and counts, tested on each store."""

from __future__ import annotations

import datetime as dt
import itertools
import time
import uuid
from typing import get_args

import msgspec
import pytest

from gateway.ledger.cursor import Position
from gateway.ledger.filters import EVERYTHING, Filter, Period
from gateway.ledger.statistics import Count
from gateway.ledger.store import Store
from gateway.records import Confidence, Entry, Record, Sentiment, timestamp
from tests.support.records import (
    CORRECTION,
    START,
    an_entry,
    entries_over_time,
    insert_all,
)

MODELS = tuple("sha256:" + digit * 64 for digit in "ab")
PAST = int(time.time()) - 10
NO_ID, LAST_ID = str(uuid.UUID(int=0)), str(uuid.UUID(int=2**128 - 1))


def varied_entries(count: int) -> list[Entry]:
    """Entries from old to new, a minute apart, with all combinations of answers."""
    answers = itertools.cycle(itertools.product(get_args(Sentiment), get_args(Confidence), MODELS))
    entries = []
    for number, (sentiment, confidence, model) in zip(range(count), answers, strict=False):
        entry = an_entry(
            f"comment {number}", timestamp=timestamp(START + dt.timedelta(minutes=number))
        )
        record = msgspec.structs.replace(
            entry.record, sentiment=sentiment, confidence=confidence, model=model
        )
        entries.append(msgspec.structs.replace(entry, record=record))
    return entries


def is_in(record: Record, where: Filter) -> bool:
    return (
        where.sentiment in (None, record.sentiment)
        and where.confidence in (None, record.confidence)
        and where.model in (None, record.model)
        and where.corrected in (None, record.correction is not msgspec.UNSET)
        and (where.period.since or "") <= record.timestamp
        and record.timestamp < (where.period.until or "9")
    )


FILTERS = [
    EVERYTHING,
    Filter(sentiment="negative"),
    Filter(confidence="low"),
    Filter(model=MODELS[1]),
    Filter(model="sha256:" + "f" * 64),
    Filter(sentiment="positive", confidence="high", model=MODELS[0]),
    Filter(corrected=True),
    Filter(corrected=False),
    Filter(corrected=True, sentiment="neutral"),
    Filter(corrected=False, confidence="medium"),
    Filter(period=Period.of(START + dt.timedelta(minutes=7), None)),
    Filter(period=Period.of(None, START + dt.timedelta(minutes=31))),
    Filter(
        sentiment="negative",
        period=Period.of(START + dt.timedelta(minutes=3), START + dt.timedelta(minutes=33)),
    ),
    Filter(period=Period.of(START + dt.timedelta(hours=9), None)),
]


@pytest.mark.parametrize("size", [1, 3, 50])
async def test_a_filter_lists_its_records_once_in_order(store: Store, size: int) -> None:
    entries = varied_entries(40)
    expired = [msgspec.structs.replace(entry, expires_at=PAST) for entry in varied_entries(3)]
    await insert_all(store, entries + expired)
    records = [entry.record for entry in entries]
    for number in (4, 17, 30):
        corrected = await store.correct(records[number].comment_id, CORRECTION)
        assert corrected is not None
        records[number] = corrected.record
    records.sort(key=Position.of, reverse=True)
    for where in FILTERS if size == 3 else FILTERS[:7]:
        listed: list[Record] = []
        position = None
        while True:
            part = await store.newest(size, position, where)
            assert len(part.records) <= size
            listed += part.records
            if part.end is None:
                break
            assert position is None or part.end < position
            position = part.end
        assert listed == [record for record in records if is_in(record, where)], where


def cursors(records: list[Record]) -> list[Position]:
    """Positions that a forged cursor may have: of records, of none, and before and after all."""
    first, last = records[0], records[-1]
    return [
        Position("0000-00-00T00:00:00.000Z", NO_ID),
        Position("9999-99-99T99:99:99.999Z", LAST_ID),
        Position(first.timestamp, NO_ID),
        Position(last.timestamp, LAST_ID),
        # An id that is one of another time, which must still be listed.
        Position("9999-12-31T23:59:59.999Z", records[10].comment_id),
        Position(records[20].timestamp, records[10].comment_id),
        *(Position.of(record) for record in records[:2]),
    ]


@pytest.mark.parametrize(
    "where",
    [
        EVERYTHING,
        Filter(sentiment="negative"),
        Filter(period=Period.of(START + dt.timedelta(minutes=7), None)),
        Filter(period=Period.of(None, START + dt.timedelta(minutes=31))),
        Filter(period=Period.of(START + dt.timedelta(minutes=1), START + dt.timedelta(minutes=31))),
    ],
)
async def test_a_listing_may_go_on_anywhere(store: Store, where: Filter) -> None:
    entries = varied_entries(40)
    await insert_all(store, entries)
    records = [entry.record for entry in entries]
    for position in cursors(records):
        listing = await store.newest(100, position, where)
        expected = [r for r in records if is_in(r, where) and Position.of(r) < position]
        assert listing.records == expected[::-1], position
        assert listing.end is None


async def test_a_filtered_page_makes_progress_past_any_number_of_others(store: Store) -> None:
    rare = an_entry("rare", timestamp="2025-01-01T00:00:00.000Z")
    rare = msgspec.structs.replace(
        rare, record=msgspec.structs.replace(rare.record, sentiment="negative")
    )
    await insert_all(store, [rare, *entries_over_time(900)])
    position, pages = None, 0
    while True:
        part = await store.newest(2, position, Filter(sentiment="negative"))
        pages += 1
        position = part.end
        if position is None:
            break
        assert not part.records
    assert part.records == [rare.record]
    assert pages < 10


async def test_counts_are_those_of_the_records(store: Store) -> None:
    entries = varied_entries(150)
    gone = [msgspec.structs.replace(entry, expires_at=PAST) for entry in varied_entries(5)]
    await insert_all(store, entries + gone)
    records = [entry.record for entry in entries]
    for number in (0, 61, 149):
        corrected = await store.correct(records[number].comment_id, CORRECTION)
        assert corrected is not None
        records[number] = corrected.record
    period = Period.of(START + dt.timedelta(minutes=5), START + dt.timedelta(minutes=140))
    for by, length in (("hour", 13), ("day", 10)):
        expected: dict[tuple[object, ...], int] = {}
        for record in records:
            if is_in(record, Filter(period=period)):
                correction = record.correction
                answer = (
                    record.timestamp[:length],
                    record.sentiment,
                    record.confidence,
                    record.model,
                    None if isinstance(correction, msgspec.UnsetType) else correction.sentiment,
                )
                expected[answer] = expected.get(answer, 0) + 1
        counts = await store.count(period, by)  # type: ignore[arg-type]
        assert all(isinstance(count, Count) for count in counts)
        assert {count[:-1]: count.records for count in counts if count.records} == expected
