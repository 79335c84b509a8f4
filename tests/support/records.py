"""Records for tests."""

from __future__ import annotations

import datetime as dt
import uuid

from gateway.ledger.cursor import Position
from gateway.ledger.store import Store
from gateway.records import Correction, Entry, Record, utc_now

MODEL = "sha256:" + "0" * 64
CORRECTION = Correction("negative", "irony", "moderation", "2025-10-26T08:00:00.000Z")


def a_record(
    text: str = "Good.", *, timestamp: str | None = None, comment_id: str | None = None
) -> Record:
    return Record(
        comment_id=comment_id or str(uuid.uuid4()),
        timestamp=timestamp or utc_now(),
        original_comment=text,
        sentiment="positive",
        score="0.9000",
        confidence="high",
        model=MODEL,
    )


def an_entry(
    text: str = "Good.",
    *,
    timestamp: str | None = None,
    comment_id: str | None = None,
    body_hash: str | None = None,
    expires_at: int | None = None,
) -> Entry:
    record = a_record(text, timestamp=timestamp, comment_id=comment_id)
    return Entry(record, body_hash, expires_at)


START = dt.datetime(2025, 10, 25, 19, 30, tzinfo=dt.UTC)


def entries_over_time(count: int, expires_at: int | None = None) -> list[Entry]:
    """Entries from old to new, two to a millisecond."""
    return [
        an_entry(
            f"comment {n}",
            timestamp=(START + dt.timedelta(milliseconds=n // 2))
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            expires_at=expires_at,
        )
        for n in range(count)
    ]


def newest_first(entries: list[Entry]) -> list[Record]:
    return sorted((entry.record for entry in entries), key=Position.of, reverse=True)


async def insert_all(store: Store, entries: list[Entry]) -> None:
    for start in range(0, len(entries), store.max_batch):
        batch = entries[start : start + store.max_batch]
        assert await store.insert(batch) == batch
