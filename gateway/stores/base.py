"""What the gateway asks of a store."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Protocol

from gateway.cursor import Position
from gateway.http.problems import Problem, Unavailable
from gateway.records import Entry, Record


class StoreUnavailable(Unavailable):
    """The store cannot do it now: down, full, locked or throttled."""


class Refused(Problem):
    """The store will never take this record."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY, "cannot be stored", field="comment")


class Store(Protocol):
    """A durable ledger of records, each written once; what has expired is not there.

    Every method raises `StoreUnavailable` when the store does not do its part.
    """

    max_batch: int
    """Entries that one `insert` takes."""
    max_calls: int
    """Calls of `insert` that are worth having in flight at once."""

    async def insert(self, entries: Sequence[Entry]) -> list[Entry | Exception]:
        """Make entries durable, each on its own account.

        Never overwrites: where the id is taken, the result is the entry that has it.

        Returns:
            For each entry, in order, what is now stored under its id, or why it is not known to
            be stored.
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
        """Returns if the store answers."""
        ...

    async def close(self) -> None:
        """Let go of files, connections and threads."""
        ...
