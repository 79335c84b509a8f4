"""Records for tests."""

from __future__ import annotations

import uuid

from gateway.records import Entry, Record, utc_now

MODEL = "sha256:" + "0" * 64


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
