"""Measured calls; tests/contract runs a measured store as any other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from gateway.errors import StoreThrottledError, StoreUnavailableError
from gateway.ledger.store import RecordRefusedError
from gateway.records import Entry
from gateway.stores.measured import MeasuredStore
from gateway.stores.sqlite.store import SQLiteStore
from tests.support.records import an_entry


class Store(SQLiteStore):
    """The embedded store, which fails as a test tells it."""

    failures: Sequence[Exception] = ()

    async def insert(self, entries: Sequence[Entry]) -> list[Entry | Exception]:
        return [*self.failures, *await super().insert(entries[len(self.failures) :])]

    async def check(self) -> None:
        raise StoreUnavailableError("down")


def calls(operation: str, outcome: str) -> float:
    name = "valence_gateway_store_call_duration_seconds_count"
    labels = {"operation": operation, "outcome": outcome}
    return REGISTRY.get_sample_value(name, labels) or 0


@pytest.mark.parametrize(
    ("failures", "outcome"),
    [
        ([], "ok"),
        ([RecordRefusedError()], "refused"),
        ([RecordRefusedError(), StoreThrottledError("too many")], "throttled"),
        ([StoreThrottledError("too many"), StoreUnavailableError("down")], "unavailable"),
        ([StoreUnavailableError("down"), ZeroDivisionError()], "error"),
    ],
)
async def test_the_worst_outcome_of_a_batch_counts(
    tmp_path: Path, failures: list[Exception], outcome: str
) -> None:
    store = Store(tmp_path / "comments.db")
    store.failures = failures
    measured = MeasuredStore(store)
    before = calls("insert", outcome)
    entries = [an_entry() for _ in range(3)]
    assert await measured.insert(entries) == [*failures, *entries[len(failures) :]]
    assert calls("insert", outcome) == before + 1
    await measured.close()


async def test_a_call_that_fails_is_counted_as_that(tmp_path: Path) -> None:
    measured = MeasuredStore(Store(tmp_path / "comments.db"))
    before = calls("check", "unavailable")
    with pytest.raises(StoreUnavailableError):
        await measured.check()
    assert calls("check", "unavailable") == before + 1
    await measured.close()
