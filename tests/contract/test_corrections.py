"""Corrections, tested on each store."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import get_args

import msgspec

from gateway.ledger.filters import Filter
from gateway.ledger.store import Store
from gateway.records import Correction, Entry, Sentiment
from tests.support.records import CORRECTION, an_entry, newest_first

PAST = int(time.time()) - 10


async def test_a_correction_changes_nothing_else(store: Store) -> None:
    entry = an_entry("Great, it broke.", body_hash="ab", expires_at=int(time.time()) + 1_000)
    await store.insert([entry])
    comment_id = entry.record.comment_id
    corrected = await store.correct(comment_id, CORRECTION)
    record = msgspec.structs.replace(entry.record, correction=CORRECTION)
    assert corrected == (record, True)
    assert await store.get(comment_id) == record
    assert (await store.newest(5)).records == [record]
    # The entry still is the one of its idempotency key.
    [stored] = await store.insert([an_entry("other", comment_id=comment_id, body_hash="cd")])
    assert isinstance(stored, Entry)
    assert (stored.record, stored.body_hash) == (record, "ab")


async def test_the_same_correction_again_changes_nothing(store: Store) -> None:
    entry = an_entry("Great, it broke.")
    await store.insert([entry])
    first = await store.correct(entry.record.comment_id, CORRECTION)
    later = msgspec.structs.replace(CORRECTION, by="other", at="2026-01-01T00:00:00.000Z")
    assert first is not None
    assert await store.correct(entry.record.comment_id, later) == (first.record, False)
    changed = msgspec.structs.replace(later, note="sarcasm")
    second = await store.correct(entry.record.comment_id, changed)
    assert second is not None
    assert second.record.correction == changed
    assert second.has_changed


async def test_a_correction_can_be_removed(store: Store) -> None:
    entry = an_entry("Great, it broke.")
    await store.insert([entry])
    await store.correct(entry.record.comment_id, CORRECTION)
    for has_changed in (True, False):
        assert await store.correct(entry.record.comment_id, None) == (entry.record, has_changed)
    assert await store.get(entry.record.comment_id) == entry.record
    assert (await store.newest(5, None, Filter(corrected=True))).records == []


async def test_unknown_and_expired_records_cannot_be_corrected(store: Store) -> None:
    expired = an_entry("old", expires_at=PAST)
    await store.insert([expired])
    for comment_id in (expired.record.comment_id, str(uuid.uuid4())):
        assert await store.correct(comment_id, CORRECTION) is None
        assert await store.correct(comment_id, None) is None
        assert await store.get(comment_id) is None


async def test_of_two_writers_at_once_one_stands(store: Store) -> None:
    entry = an_entry("Great, it broke.")
    await store.insert([entry])
    corrections = [
        Correction(sentiment, f"note {number}", f"writer {number}", CORRECTION.at)
        for number in range(4)
        for sentiment in get_args(Sentiment)
    ]
    answers = await asyncio.gather(
        *(store.correct(entry.record.comment_id, each) for each in corrections)
    )
    for answer, correction in zip(answers, corrections, strict=True):
        assert answer == (msgspec.structs.replace(entry.record, correction=correction), True)
    stored = await store.get(entry.record.comment_id)
    assert stored is not None
    assert stored.correction in corrections
    assert (await store.newest(5)).records == [stored]


async def test_a_deleted_record_has_no_correction(store: Store) -> None:
    entry = an_entry("Great, it broke.")
    await store.insert([entry])
    await store.correct(entry.record.comment_id, CORRECTION)
    assert await store.delete(entry.record.comment_id)
    assert await store.correct(entry.record.comment_id, CORRECTION) is None
    assert newest_first([]) == (await store.newest(5, None, Filter(corrected=True))).records
