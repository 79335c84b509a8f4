"""Readiness: the parts that are missing, and the cost of asking."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway import readiness
from gateway.errors import StoreUnavailableError
from gateway.model.client import ModelClient
from gateway.readiness import Readiness
from gateway.stores.sqlite.store import SQLiteStore
from tests.support.bad_bento import BadBento


class Store(SQLiteStore):
    """The embedded store, which counts checks and can be broken."""

    checks = 0
    broken = False

    async def check(self) -> None:
        self.checks += 1
        if self.broken:
            raise StoreUnavailableError("broken")
        await super().check()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(tmp_path / "comments.db")
    yield store
    await store.close()


async def test_the_missing_parts_are_named(
    model: ModelClient, bento: BadBento, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "VALID_SECONDS", 0)
    check = Readiness(model, store)
    assert await check.find_outage() is None
    bento.ready_status = 503
    assert await check.find_outage() == "the model cannot be reached"
    store.broken = True
    assert await check.find_outage() == "the model and the store cannot be reached"


async def test_many_questions_cost_one_check(model: ModelClient, store: Store) -> None:
    check = Readiness(model, store)
    await asyncio.gather(*(check.find_outage() for _ in range(100)))
    assert store.checks == 1
