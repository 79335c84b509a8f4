"""A store whose calls are measured."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.ledger.cursor import Position
from gateway.ledger.filters import EVERYTHING, Filter, Period
from gateway.ledger.statistics import By, Count
from gateway.ledger.store import Corrected, Listing, Store
from gateway.metrics import LAST_STORED, Call, outcome_of, store_seconds
from gateway.records import Correction, Entry, Record

# Of a batch the worst outcome counts.
WORST_FIRST = ("error", "unavailable", "timeout", "throttled", "refused")


class MeasuredStore:
    """Passes every call on to a store, and measures its time and outcome."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.max_batch = store.max_batch
        self.max_calls = store.max_calls

    async def insert(self, entries: Sequence[Entry]) -> list[Entry | Exception]:
        with _call("insert") as call:
            results = await self._store.insert(entries)
            failures = [result for result in results if isinstance(result, Exception)]
            if failures:
                call.outcome = min(map(outcome_of, failures), key=WORST_FIRST.index)
            if len(failures) < len(results):
                LAST_STORED.set_to_current_time()
            return results

    async def get(self, comment_id: str) -> Record | None:
        with _call("get"):
            return await self._store.get(comment_id)

    async def newest(
        self, limit: int, before: Position | None = None, where: Filter = EVERYTHING
    ) -> Listing:
        with _call("list"):
            return await self._store.newest(limit, before, where)

    async def count(self, period: Period, by: By) -> list[Count]:
        with _call("count"):
            return await self._store.count(period, by)

    async def correct(self, comment_id: str, correction: Correction | None) -> Corrected | None:
        with _call("correct"):
            return await self._store.correct(comment_id, correction)

    async def delete(self, comment_id: str) -> bool:
        with _call("delete"):
            return await self._store.delete(comment_id)

    async def check(self) -> None:
        with _call("check"):
            await self._store.check()

    async def close(self) -> None:
        await self._store.close()


def _call(operation: str) -> Call:
    return Call(store_seconds, operation)
