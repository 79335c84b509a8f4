"""The contract of a store, tested on each implementation."""

from __future__ import annotations

import asyncio
import time
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.ledger.cursor import Position
from gateway.ledger.store import RecordRefusedError, Store
from gateway.records import Entry, Record
from tests.support.records import an_entry, entries_over_time, insert_all, newest_first

PAST, FUTURE = int(time.time()) - 10, int(time.time()) + 100_000

# The gateway accepts no surrogates and no NUL.
any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


async def test_inserted_entries_can_be_read(store: Store) -> None:
    first = an_entry("first", body_hash="ab", expires_at=FUTURE)
    second = an_entry("second")
    assert await store.insert([first, second]) == [first, second]
    assert await store.get(first.record.comment_id) == first.record
    assert await store.get(second.record.comment_id) == second.record
    assert await store.get(str(uuid.uuid4())) is None


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=any_text)
async def test_any_text_is_stored_unchanged(store: Store, text: str) -> None:
    entry = an_entry(text)
    assert await store.insert([entry]) == [entry]
    assert await store.get(entry.record.comment_id) == entry.record


async def test_a_taken_id_is_never_overwritten(store: Store) -> None:
    winner = an_entry("first", body_hash="ab", expires_at=FUTURE)
    loser = an_entry("second", comment_id=winner.record.comment_id, body_hash="cd")
    other = an_entry("other")
    await store.insert([winner])
    assert await store.insert([loser, other]) == [winner, other]
    assert await store.get(winner.record.comment_id) == winner.record
    assert await store.get(other.record.comment_id) == other.record


async def test_of_concurrent_writers_one_wins(store: Store) -> None:
    comment_id = str(uuid.uuid4())
    rivals = [an_entry(f"rival {n}", comment_id=comment_id) for n in range(8)]
    results = await asyncio.gather(*(store.insert([rival]) for rival in rivals))
    stored = await store.get(comment_id)
    assert [entry.record for result in results for entry in result if isinstance(entry, Entry)] == [
        stored
    ] * len(rivals)
    assert stored in [rival.record for rival in rivals]


async def test_of_equal_ids_in_a_batch_one_wins(store: Store) -> None:
    comment_id = str(uuid.uuid4())
    rivals = [an_entry(f"rival {n}", comment_id=comment_id) for n in range(3)]
    other = an_entry("other")
    results = await store.insert([*rivals, other])
    stored = await store.get(comment_id)
    assert [rival for rival in rivals if rival.record == stored] == results[:1]
    assert results == [results[0]] * len(rivals) + [other]


async def test_a_bad_entry_does_not_fail_its_batch(store: Store) -> None:
    # Not UTF-8, and more than DynamoDB's 400 KB; the gateway would not accept it.
    bad = an_entry("\ud800" + "x" * 500_000)
    good, also_good = an_entry("good"), an_entry("also good")
    results = await store.insert([good, bad, also_good])
    assert results[::2] == [good, also_good]
    assert isinstance(results[1], RecordRefusedError)
    assert await store.get(also_good.record.comment_id) == also_good.record
    assert await store.get(bad.record.comment_id) is None


async def test_a_batch_of_the_maximum_size_is_stored(store: Store) -> None:
    entries = entries_over_time(store.max_batch)
    assert await store.insert(entries) == entries
    assert len((await store.newest(store.max_batch)).records) == store.max_batch


async def test_newest_sorts_by_timestamp_then_id(store: Store) -> None:
    entries = entries_over_time(60)
    await insert_all(store, entries)
    assert (await store.newest(100)).records == newest_first(entries)
    assert (await store.newest(7)).records == newest_first(entries)[:7]


@pytest.mark.parametrize("size", [1, 7, 20])
async def test_pages_list_each_record_once_and_end(store: Store, size: int) -> None:
    entries = entries_over_time(41)
    await insert_all(store, entries)
    listed: list[Record] = []
    before = None
    while page := (await store.newest(size, before)).records:
        assert len(page) <= size
        listed += page
        before = Position.of(page[-1])
    assert listed == newest_first(entries)


async def test_a_new_record_does_not_change_the_pages_after_the_first(store: Store) -> None:
    entries = entries_over_time(20)
    await insert_all(store, entries)
    first = (await store.newest(10)).records
    await store.insert([an_entry("newer than all")])
    assert first + (await store.newest(20, Position.of(first[-1]))).records == newest_first(entries)


async def test_a_deleted_record_is_gone(store: Store) -> None:
    deleted, kept = an_entry("deleted"), an_entry("kept")
    await store.insert([deleted, kept])
    assert await store.delete(deleted.record.comment_id)
    assert await store.get(deleted.record.comment_id) is None
    assert (await store.newest(10)).records == [kept.record]
    assert not await store.delete(deleted.record.comment_id)


async def test_an_expired_record_is_gone(store: Store) -> None:
    expired, kept = an_entry("expired", expires_at=PAST), an_entry("kept", expires_at=FUTURE)
    await store.insert([expired, kept])
    assert await store.get(expired.record.comment_id) is None
    assert (await store.newest(10)).records == [kept.record]
    assert not await store.delete(expired.record.comment_id)


async def test_a_listing_skips_any_number_of_expired_records(store: Store) -> None:
    entries = entries_over_time(40, expires_at=PAST)
    alive = entries_over_time(4, expires_at=FUTURE)
    await insert_all(store, entries + alive)
    assert (await store.newest(3)).records == newest_first(alive)[:3]
    assert (await store.newest(10)).records == newest_first(alive)


async def test_the_id_of_an_expired_record_may_be_used_again(store: Store) -> None:
    expired = an_entry("expired", expires_at=PAST)
    again = an_entry("again", comment_id=expired.record.comment_id, expires_at=FUTURE)
    await store.insert([expired])
    assert await store.insert([again]) == [again]
    assert await store.get(again.record.comment_id) == again.record
    assert (await store.newest(10)).records == [again.record]


async def test_the_check_of_a_working_store_passes_and_adds_no_record(store: Store) -> None:
    await store.check()
    assert (await store.newest(10)).records == []
