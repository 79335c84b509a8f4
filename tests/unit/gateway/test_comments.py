from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from gateway import batching
from gateway.comments import CROWDED, Comments
from gateway.errors import (
    KeyReusedError,
    StoreUnavailableError,
    TimedOutError,
    UnavailableError,
)
from gateway.model.client import ModelClient
from gateway.records import Entry
from gateway.settings import Settings
from gateway.stores.sqlite.store import SQLiteStore
from tests.support.bad_bento import BadBento
from tests.support.until import until


class Store(SQLiteStore):
    """The embedded store, which a test can hold, break or look into."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.open = asyncio.Event()
        self.open.set()
        self.broken = False
        self.inserts: list[list[Entry]] = []

    async def insert(self, entries: Sequence[Entry]) -> list[Entry | Exception]:
        self.inserts.append(list(entries))
        await self.open.wait()
        if self.broken:
            raise StoreUnavailableError("broken")
        return await super().insert(entries)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(tmp_path / "comments.db")
    yield store
    await store.close()


def settings(**changes: float) -> Settings:
    limits = {"gateway_request_seconds": 30.0, "gateway_max_queue_seconds": 60.0, **changes}
    return Settings(**limits)  # type: ignore[arg-type]


async def test_a_returned_record_is_stored(model: ModelClient, store: Store) -> None:
    comments = Comments(model, store, settings())
    results = await asyncio.gather(*(comments.submit(f"number {n}") for n in range(50)))
    assert all(new for _, new in results)
    assert len({record.comment_id for record, _ in results}) == 50
    for record, _ in results:
        assert await store.get(record.comment_id) == record
    assert len(store.inserts) < 50


async def test_a_key_gives_the_first_record_to_its_caller_only(
    model: ModelClient, store: Store
) -> None:
    comments = Comments(model, store, settings())
    first, new = await comments.submit("good", caller="a", key="k")
    assert new
    assert await comments.submit("good", caller="a", key="k") == (first, False)
    other, new = await comments.submit("good", caller="b", key="k")
    assert new
    assert other.comment_id != first.comment_id
    assert uuid.UUID(first.comment_id).version == 5
    with pytest.raises(KeyReusedError):
        await comments.submit("bad", caller="a", key="k")
    assert store.inserts[0][0].body_hash == hashlib.sha256(b"good").hexdigest()


async def test_a_store_that_breaks_acknowledges_nothing(model: ModelClient, store: Store) -> None:
    comments = Comments(model, store, settings())
    store.broken = True
    with pytest.raises(StoreUnavailableError):
        await comments.submit("good")
    assert (await store.newest(10)).records == []


async def test_a_late_comment_is_not_acknowledged(
    model: ModelClient, bento: BadBento, store: Store
) -> None:
    comments = Comments(model, store, settings(gateway_request_seconds=0.2))
    bento.open.clear()
    with pytest.raises(TimedOutError):
        await comments.submit("good")
    bento.open.set()
    await comments.drain()
    assert store.inserts == []


async def test_a_full_queue_refuses_at_once(
    model: ModelClient, bento: BadBento, store: Store
) -> None:
    comments = Comments(model, store, settings(gateway_max_requests=3))
    bento.open.clear()
    tasks = [asyncio.create_task(comments.submit("first"))]
    await until(lambda: bento.calls == 1, seconds=30)
    assert comments.find_refusal(2) is None
    assert comments.find_refusal(3) == CROWDED
    tasks += [asyncio.create_task(comments.submit(f"number {n}")) for n in range(3)]
    await until(lambda: comments.find_refusal(0) == CROWDED, seconds=30)
    with pytest.raises(UnavailableError, match="too many"):
        await comments.submit("one too many")
    bento.open.set()
    assert len(await asyncio.gather(*tasks)) == 4
    assert comments.find_refusal(0) is None


async def test_a_classified_comment_is_recorded_though_the_store_lags(
    model: ModelClient, bento: BadBento, store: Store
) -> None:
    """A refusal would waste the model's work."""
    comments = Comments(model, store, settings(gateway_max_requests=2))
    store.open.clear()
    tasks = [asyncio.create_task(comments.submit("first"))]
    await until(lambda: len(store.inserts) == 1, seconds=30)
    bento.open.clear()
    calls = bento.calls
    tasks.append(asyncio.create_task(comments.submit("second")))
    await until(lambda: bento.calls > calls, seconds=30)
    tasks += [asyncio.create_task(comments.submit(f"number {n}")) for n in range(2)]
    await until(lambda: comments.find_refusal(0) == CROWDED, seconds=30)
    bento.open.set()
    await until(lambda: len(bento.texts) == 4, seconds=30)
    with pytest.raises(UnavailableError):
        await comments.submit("not yet classified")
    store.open.set()
    assert len(await asyncio.gather(*tasks)) == 4
    assert "not yet classified" not in bento.texts


async def test_a_silent_store_is_the_reason_of_all_refusals(
    model: ModelClient, bento: BadBento, store: Store
) -> None:
    comments = Comments(model, store, settings(gateway_max_queue_seconds=0.3))
    store.open.clear()
    tasks = [asyncio.create_task(comments.submit("in flight"))]
    await until(lambda: len(store.inserts) == 1, seconds=30)
    tasks += [asyncio.create_task(comments.submit(f"waits {n}")) for n in range(3)]
    # What waits for the store need not wait for the end of the call in flight.
    waiting = await asyncio.gather(*tasks[1:], return_exceptions=True)
    assert {str(result) for result in waiting} == {"the store does not answer"}
    texts = len(bento.texts)
    with pytest.raises(UnavailableError, match="the store does not answer"):
        await comments.submit("refused before it costs the model anything")
    assert len(bento.texts) == texts
    assert comments.find_refusal(0) == "the store does not answer"
    # What is not recorded needs no store.
    assert comments.find_refusal(0, recorded=False) is None
    assert len(await comments.classify(["no record"])) == 1
    store.open.set()
    assert (await tasks[0])[1]
    assert (await comments.submit("after"))[1]
    await comments.drain()
    assert len(store.inserts) == 2


async def test_a_silent_model_is_the_reason_of_all_refusals(
    model: ModelClient, bento: BadBento, store: Store
) -> None:
    comments = Comments(model, store, settings(gateway_max_queue_seconds=0.3))
    bento.open.clear()
    bento.ready_status = 503
    tasks = [asyncio.create_task(comments.submit("in flight"))]
    await until(lambda: bento.calls == 1, seconds=30)
    tasks += [asyncio.create_task(comments.submit(f"waits {n}")) for n in range(3)]
    waiting = await asyncio.gather(*tasks[1:], return_exceptions=True)
    reason = "the model is not ready: it answered with status 503"
    assert {str(result) for result in waiting} == {reason}
    for recorded in (True, False):
        assert comments.find_refusal(0, recorded) == reason
    bento.open.set()
    assert (await tasks[0])[1]
    assert (await comments.submit("after"))[1]
    await comments.drain()


async def test_a_comment_that_is_late_is_told_what_is_out(model: ModelClient, store: Store) -> None:
    limits = {"gateway_request_seconds": 0.6, "gateway_max_queue_seconds": 0.2}
    comments = Comments(model, store, settings(**limits))
    store.open.clear()
    with pytest.raises(TimedOutError, match=r"within 0\.6 s: the store does not answer"):
        await comments.submit("late")
    store.open.set()
    await comments.drain()


async def test_drain_waits_for_all(model: ModelClient, bento: BadBento, store: Store) -> None:
    comments = Comments(model, store, settings())
    bento.open.clear()
    tasks = [asyncio.create_task(comments.submit(f"number {n}")) for n in range(10)]
    await until(lambda: bento.calls == 1, seconds=30)
    drain = asyncio.create_task(comments.drain())
    bento.open.set()
    await asyncio.gather(*tasks)
    await drain
    assert sum(len(batch) for batch in store.inserts) == 10


async def test_a_client_that_posts_one_by_one_does_not_wait_for_others(
    bento: BadBento, model: ModelClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    forever = 1e9
    monkeypatch.setattr(batching, "MAX_PAUSE_SECONDS", forever)
    comments = Comments(model, store, settings(batch_pause_factor=forever))
    for number in range(3):
        await comments.submit(f"number {number}")
    calls = bento.calls
    # While one is being stored, more may come: the next one waits for them.
    store.open.clear()
    first = asyncio.create_task(comments.submit("first"))
    await until(lambda: len(store.inserts) == 4, seconds=20)
    second = asyncio.create_task(comments.submit("second"))
    store.open.set()
    await first
    assert bento.calls == calls + 1
    assert not second.done()
    await comments.drain()
    await second
