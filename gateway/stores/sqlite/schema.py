"""The embedded store's schema, and rows as records."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from gateway.records import ANSWERED, Correction, Entry, Record

__all__ = ["COLUMNS", "NOT_EXPIRED", "create", "entry_of", "record_of", "row_of"]

# 2: corrections, and the index by answer.
VERSION = 2

COLUMNS = ", ".join((*ANSWERED, "correction"))
"""Those of a record."""
NOT_EXPIRED = "(expires_at IS NULL OR expires_at > ?)"
SCHEMA = f"""
    CREATE TABLE IF NOT EXISTS comments (
        {", ".join(f"{name} TEXT NOT NULL" for name in ANSWERED)},
        body_hash TEXT,
        expires_at INTEGER,
        correction TEXT,
        PRIMARY KEY (comment_id)
    ) STRICT;
"""
# The one by answer has the expiry, so that counting needs no more than the index; that of
# corrections has the answer, so that filters read no rows that they pass over.
INDEXES = """
    CREATE INDEX IF NOT EXISTS comments_by_time ON comments (timestamp, comment_id);
    CREATE INDEX IF NOT EXISTS comments_by_answer
        ON comments (model, sentiment, confidence, timestamp, comment_id, expires_at);
    CREATE INDEX IF NOT EXISTS corrections_by_time
        ON comments (timestamp, comment_id, model, sentiment, confidence, expires_at)
        WHERE correction IS NOT NULL;
    CREATE INDEX IF NOT EXISTS comments_by_expiry ON comments (expires_at)
        WHERE expires_at IS NOT NULL;
"""
_correction = msgspec.json.Decoder(Correction)


def create(connection: sqlite3.Connection) -> None:
    """Create the table, or complete one of an earlier version.

    Raises:
        sqlite3.Error: there is a table of somebody else, which is left as it is.
    """
    columns = {row[1] for row in connection.execute("PRAGMA table_info(comments)")}
    if columns and not {*ANSWERED, "body_hash", "expires_at"} <= columns:
        raise sqlite3.DatabaseError("its table `comments` is not one of Valence")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(SCHEMA)
    if columns and "correction" not in columns:
        connection.execute("ALTER TABLE comments ADD COLUMN correction TEXT")
    connection.executescript(INDEXES)
    touch(connection)


def touch(connection: sqlite3.Connection) -> None:
    """Write something that changes nothing."""
    connection.execute(f"PRAGMA user_version = {VERSION}")


def record_of(row: tuple[Any, ...]) -> Record:
    """The record of a row of COLUMNS."""
    correction = row[-1]
    row = row[:-1] if correction is None else (*row[:-1], _correction.decode(correction))
    return Record(*row)


def entry_of(row: tuple[Any, ...]) -> Entry:
    """The entry of a row of COLUMNS, body_hash and expires_at."""
    return Entry(record_of(row[:-2]), *row[-2:])


def row_of(entry: Entry) -> tuple[Any, ...]:
    """The values of ANSWERED, body_hash and expires_at."""
    answered = msgspec.structs.astuple(entry.record)[: len(ANSWERED)]
    return (*answered, entry.body_hash, entry.expires_at)
