"""The interface of a store of records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from gateway.errors import InvalidInputError
from gateway.ledger.cursor import Position
from gateway.ledger.filters import EVERYTHING, Filter, Period
from gateway.ledger.statistics import By, Count
from gateway.records import Correction, Entry, Record


class RecordRefusedError(InvalidInputError):
    """The store will never accept this record."""

    def __init__(self) -> None:
        super().__init__("comment", "cannot be stored")


class Listing(NamedTuple):
    """A part of a listing."""

    records: list[Record]
    """Newest first."""
    end: Position | None
    """Where the listing goes on; None at its end."""


class Corrected(NamedTuple):
    """A record after it was corrected, and whether that changed it."""

    record: Record
    has_changed: bool


class Store(Protocol):
    """A durable ledger of records, each written once, apart from its correction.

    Expired records are not found.

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

    async def newest(
        self, limit: int, before: Position | None = None, where: Filter = EVERYTHING
    ) -> Listing:
        """Up to `limit` records of a filter, newest first, all of them older than `before`.

        May return fewer, even none, before the listing's end, as one call reads a bounded number of
        records.
        """
        ...

    async def count(self, period: Period, by: By) -> list[Count]:
        """The numbers of records in each interval of a period that has two ends."""
        ...

    async def correct(self, comment_id: str, correction: Correction | None) -> Corrected | None:
        """Give a record a correction, or remove it. A correction that says the same as the present
        one changes nothing.

        Returns:
            None if there is no record with that id.
        """
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
