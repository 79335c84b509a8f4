"""The interface of a store of records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.cursor import Position
from gateway.errors import InvalidInputError
from gateway.records import Entry, Record


class RecordRefusedError(InvalidInputError):
    """The store will never accept this record."""

    def __init__(self) -> None:
        super().__init__("comment", "cannot be stored")


class Store(Protocol):
    """A durable ledger of records, each written once. Expired records are not found.

    Every method raises `StoreUnavailableError` while the store is unavailable.
    """

    max_batch: int
    """Entries that one `insert` accepts."""
    max_calls: int
    """Concurrent calls of `insert` that increase throughput."""

    async def insert(self, entries: Sequence[Entry]) -> list[Entry | Exception]:
        """Make entries durable, independently of each other.

        Never overwrites: if the id is taken, the result is the entry that has it.

        Returns:
            For each entry, in order, the entry that is now stored under its id, or the reason why
            it is not known to be stored.
        """
        ...

    async def get(self, comment_id: str) -> Record | None:
        """The record with that id."""
        ...

    async def newest(self, limit: int, before: Position | None = None) -> list[Record]:
        """Up to `limit` records, newest first, all of them older than `before`."""
        ...

    async def delete(self, comment_id: str) -> bool:
        """Remove the record with that id for good; whether there was one."""
        ...

    async def check(self) -> None:
        """Return if the store answers."""
        ...

    async def close(self) -> None:
        """Release files, connections and threads."""
        ...
