"""The embedded store: one SQLite file, synced before a write is acknowledged."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec

from gateway import tracing
from gateway.errors import StoreUnavailableError
from gateway.ledger.cursor import Position
from gateway.ledger.filters import EVERYTHING, Filter, Period
from gateway.ledger.statistics import By, Count
from gateway.ledger.store import Corrected, Listing, RecordRefusedError
from gateway.records import ANSWERED, Correction, Entry, Record, is_same, with_correction
from gateway.stores.sqlite import queries, schema
from gateway.stores.sqlite.schema import COLUMNS, NOT_EXPIRED

READERS = 2
BUSY_SECONDS = 5.0
# Expired rows that one write removes: more than it adds, and too few to slow it down.
MAX_PURGED_ROWS = 1_000
PURGE_EXPIRED = f"""
    DELETE FROM comments WHERE rowid IN (
        SELECT rowid FROM comments WHERE expires_at <= ?
        ORDER BY expires_at LIMIT {MAX_PURGED_ROWS}
    )
"""  # noqa: S608
INSERT = f"""
    INSERT INTO comments ({", ".join(ANSWERED)}, body_hash, expires_at)
    VALUES ({", ".join("?" * len(ANSWERED))}, ?, ?) ON CONFLICT (comment_id) DO NOTHING
"""  # noqa: S608
GET = f"SELECT {COLUMNS}, body_hash, expires_at FROM comments WHERE comment_id = ?"  # noqa: S608
CORRECT = "UPDATE comments SET correction = ? WHERE comment_id = ?"
DELETE = f"DELETE FROM comments WHERE comment_id = ? AND {NOT_EXPIRED}"  # noqa: S608
DELETE_EXPIRED = "DELETE FROM comments WHERE comment_id = ? AND expires_at <= ?"

T = TypeVar("T")


class SQLiteStore:
    """A write-ahead log with `synchronous=FULL`: a batch is one transaction and one sync."""

    max_batch = 1_000
    max_calls = 1

    def __init__(self, path: Path) -> None:
        """Open the file, or create it.

        Raises:
            StoreUnavailableError: the file cannot be opened, or is not one of Valence.
        """
        self._path = path
        self._files: list[tuple[int, int]] = []
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        # SQLite has one writer at a time, for which readers do not wait.
        self._writer = ThreadPoolExecutor(1, "sqlite-writer")
        self._readers = ThreadPoolExecutor(READERS, "sqlite-reader")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Before SQLite opens the file, as its log gets the same permissions.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._writer.submit(self._create).result()
        except (OSError, sqlite3.Error) as error:
            raise StoreUnavailableError(
                f"the store {path} cannot be opened: {error}; GATEWAY_SQLITE_PATH names another"
            ) from error

    async def insert(self, entries: Sequence[Entry]) -> list[Entry | Exception]:
        size = len(entries)
        return await self._run(
            self._writer, "INSERT", lambda: self._write(lambda: self._insert(entries)), size
        )

    async def get(self, comment_id: str) -> Record | None:
        entry = await self._run(self._readers, "SELECT", lambda: self._get(comment_id))
        return None if entry is None or entry.expired(time.time()) else entry.record

    async def newest(
        self, limit: int, before: Position | None = None, where: Filter = EVERYTHING
    ) -> Listing:
        return await self._run(
            self._readers,
            "SELECT",
            lambda: queries.newest(self._connection(), limit, before, where),
        )

    async def count(self, period: Period, by: By) -> list[Count]:
        return await self._run(
            self._readers, "SELECT", lambda: queries.count(self._connection(), period, by)
        )

    async def correct(self, comment_id: str, correction: Correction | None) -> Corrected | None:
        def correct() -> Corrected | None:
            entry = self._get(comment_id)
            if entry is None or entry.expired(time.time()):
                return None
            if is_same(entry.record.correction, correction):
                return Corrected(entry.record, False)
            value = None if correction is None else msgspec.json.encode(correction).decode()
            self._connection().execute(CORRECT, (value, comment_id))
            return Corrected(with_correction(entry.record, correction), True)

        return await self._run(self._writer, "UPDATE", lambda: self._write(correct))

    async def delete(self, comment_id: str) -> bool:
        def delete() -> bool:
            parameters = (comment_id, time.time())
            return self._connection().execute(DELETE, parameters).rowcount > 0

        return await self._run(self._writer, "DELETE", lambda: self._write(delete))

    async def check(self) -> None:
        # A real write: the disk may be full, the file read-only, another writer stuck.
        await self._run(self._writer, "UPDATE", lambda: self._write(self._touch))

    async def close(self) -> None:
        for pool in (self._writer, self._readers):
            await asyncio.to_thread(pool.shutdown)
        for connection in self._connections:
            connection.close()

    async def _run(
        self, pool: ThreadPoolExecutor, operation: str, work: Callable[[], T], size: int = 1
    ) -> T:
        """
        Args:
            pool: whose thread does the work.
            operation: what traces call it.
            work: what is to be done.
            size: the number of records.
        """
        attributes: dict[str, str | int] = {
            "db.system.name": "sqlite",
            "db.collection.name": "comments",
            "db.operation.name": operation,
        }
        if size > 1:
            attributes["db.operation.batch.size"] = size
        with tracing.span(f"{operation} comments", attributes, client=True):
            try:
                return await asyncio.get_running_loop().run_in_executor(pool, work)
            except sqlite3.Error as error:
                raise StoreUnavailableError(f"the store cannot be used now: {error}") from error

    def _connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        if not hasattr(self._local, "connection"):
            connection = sqlite3.connect(
                self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA synchronous = FULL")
            self._connections.append(connection)
            self._local.connection = connection
        return self._local.connection  # type: ignore[no-any-return]

    def _create(self) -> None:
        schema.create(self._connection())
        self._get("")
        self._files = self._identities()

    def _touch(self) -> None:
        schema.touch(self._connection())

    def _identities(self) -> list[tuple[int, int]]:
        """Device and inode of the database and of its log; 0 for a missing file."""
        identities = []
        for path in (self._path, Path(f"{self._path}-wal")):
            try:
                stat = path.stat()
            except FileNotFoundError:
                identities.append((0, 0))
            else:
                identities.append((stat.st_dev, stat.st_ino))
        return identities

    def _get(self, comment_id: str) -> Entry | None:
        row = self._connection().execute(GET, (comment_id,)).fetchone()
        return schema.entry_of(row) if row else None

    def _write(self, work: Callable[[], T]) -> T:
        """Do the work in one transaction."""
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = work()
            # A deleted file can be written to until it is closed.
            if self._identities() != self._files:
                raise sqlite3.OperationalError("the file was replaced or deleted")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return result

    def _insert(self, entries: Sequence[Entry]) -> list[Entry | Exception]:
        now = time.time()
        self._connection().execute(PURGE_EXPIRED, (now,))
        return [self._insert_one(entry, now) for entry in entries]

    def _insert_one(self, entry: Entry, now: float) -> Entry | Exception:
        execute = self._connection().execute
        row = schema.row_of(entry)
        try:
            if execute(INSERT, row).rowcount:
                return entry
            winner = self._get(entry.record.comment_id)
            if winner and not winner.expired(now):
                return winner
            execute(DELETE_EXPIRED, (entry.record.comment_id, now))
            execute(INSERT, row)
        except (sqlite3.DataError, sqlite3.IntegrityError, UnicodeError):
            return RecordRefusedError()
        return entry
