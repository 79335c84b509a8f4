"""The embedded store: one SQLite file, synced before anything is acknowledged."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec

from gateway.cursor import Position
from gateway.records import Record
from gateway.store import StoreUnavailable

READERS = 2
BUSY_SECONDS = 5.0

COLUMNS = ", ".join(Record.__struct_fields__)
SCHEMA = f"""
    CREATE TABLE IF NOT EXISTS comments (
        {", ".join(f"{name} TEXT NOT NULL" for name in Record.__struct_fields__)},
        PRIMARY KEY (comment_id)
    ) STRICT;
    CREATE INDEX IF NOT EXISTS comments_by_time ON comments (timestamp, comment_id);
"""
INSERT = f"""
    INSERT INTO comments ({COLUMNS}) VALUES ({", ".join("?" * len(Record.__struct_fields__))})
    ON CONFLICT (comment_id) DO NOTHING
"""  # noqa: S608 - the names are the struct's own
GET = f"SELECT {COLUMNS} FROM comments WHERE comment_id = ?"  # noqa: S608
NEWEST = f"""
    SELECT {COLUMNS} FROM comments WHERE (timestamp, comment_id) < (?, ?)
    ORDER BY timestamp DESC, comment_id DESC LIMIT ?
"""  # noqa: S608
# Sorts behind every timestamp.
LAST = Position("9999-12-31T23:59:59.999Z", "g")

T = TypeVar("T")


class SQLiteStore:
    """A write-ahead log with `synchronous=FULL`: a batch is one transaction and one sync."""

    max_batch = 1_000
    max_calls = 1

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Raises:
            StoreUnavailable: it cannot be opened, or is not one of ours.
        """
        self._path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        # SQLite has one writer at a time; readers do not wait for it.
        self._writer = ThreadPoolExecutor(1, "sqlite-writer")
        self._readers = ThreadPoolExecutor(READERS, "sqlite-reader")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer.submit(self._create).result()
        except (OSError, sqlite3.Error) as error:
            raise StoreUnavailable(f"the store {path} cannot be opened: {error}") from error

    async def insert(self, records: Sequence[Record]) -> list[Record | Exception]:
        return await self._in(self._writer, lambda: self._insert(records))

    async def get(self, comment_id: str) -> Record | None:
        return await self._in(self._readers, lambda: self._get(comment_id))

    async def newest(self, limit: int, before: Position | None = None) -> list[Record]:
        position = before or LAST
        parameters = (position.timestamp, position.comment_id, limit)
        return await self._in(
            self._readers,
            lambda: [Record(*row) for row in self._connection().execute(NEWEST, parameters)],
        )

    async def check(self) -> None:
        await self.get("")

    async def close(self) -> None:
        for pool in (self._writer, self._readers):
            await asyncio.to_thread(pool.shutdown)
        for connection in self._connections:
            connection.close()

    async def _in(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work)
        except sqlite3.Error as error:
            raise StoreUnavailable("the store does not do its part now") from error

    def _connection(self) -> sqlite3.Connection:
        """This thread's own."""
        if not hasattr(self._local, "connection"):
            connection = sqlite3.connect(
                self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA synchronous = FULL")
            self._connections.append(connection)
            self._local.connection = connection
        return self._local.connection  # type: ignore[no-any-return]

    def _create(self) -> None:
        connection = self._connection()
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(SCHEMA)
        self._get("")

    def _get(self, comment_id: str) -> Record | None:
        row = self._connection().execute(GET, (comment_id,)).fetchone()
        return Record(*row) if row else None

    def _insert(self, records: Sequence[Record]) -> list[Record | Exception]:
        connection = self._connection()
        stored: list[Record | Exception] = list(records)
        connection.execute("BEGIN IMMEDIATE")
        try:
            for index, record in enumerate(records):
                inserted = connection.execute(INSERT, msgspec.structs.astuple(record)).rowcount
                if not inserted and (winner := self._get(record.comment_id)):
                    stored[index] = winner
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return stored
