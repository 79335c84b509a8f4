"""Records made for tests."""

from __future__ import annotations

import uuid

from gateway.records import Record, utc_now

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
