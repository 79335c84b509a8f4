"""What the gateway asks of a store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.cursor import Position
from gateway.problems import Unavailable
from gateway.records import Record


class StoreUnavailable(Unavailable):
    """The store cannot do it now: down, full, locked or throttled."""


class Store(Protocol):
    """A durable ledger of records, each written once.

    Every method raises `StoreUnavailable` when the store does not do its part.
    """

    max_batch: int
    """Records that one `insert` takes."""
    max_calls: int
    """Calls of `insert` that are worth having in flight at once."""

    async def insert(self, records: Sequence[Record]) -> list[Record | Exception]:
        """Make records durable, each on its own account.

        Never overwrites: where the id is taken, the result is the record that has it.

        Returns:
            For each record, in order, what is now stored under its id, or why it is not known to
            be stored.
        """
        ...

    async def get(self, comment_id: str) -> Record | None:
        """The record with that id."""
        ...

    async def newest(self, limit: int, before: Position | None = None) -> list[Record]:
        """Up to `limit` records, newest first, all of them older than `before`."""
        ...

    async def check(self) -> None:
        """Returns if the store answers."""
        ...

    async def close(self) -> None:
        """Let go of files, connections and threads."""
        ...
