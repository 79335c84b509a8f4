from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Sequence
from http import HTTPStatus
from pathlib import Path

import pytest

import gateway.comments
from gateway.comments import Comments
from gateway.http.problems import Problem, Unavailable
from gateway.model.client import Classifier
from gateway.records import Entry
from gateway.settings import Settings
from gateway.stores.base import StoreUnavailable
from gateway.stores.sqlite import SQLiteStore
from tests.support.bad_bento import BadBento, bad_bento
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
            raise StoreUnavailable("broken")
        return await super().insert(entries)


@pytest.fixture
async def bento() -> AsyncIterator[BadBento]:
    async with bad_bento() as bento:
        yield bento


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(tmp_path / "comments.db")
    yield store
    await store.close()


def settings(**changes: float) -> Settings:
    return Settings(**{"request_seconds": 30.0, "max_wait_seconds": 60.0, **changes})  # type: ignore[arg-type]


@pytest.fixture
async def classifier(bento: BadBento) -> AsyncIterator[Classifier]:
    async with Classifier(bento.url, attempt_seconds=60) as classifier:
        yield classifier


async def test_what_returns_is_stored(classifier: Classifier, store: Store) -> None:
    comments = Comments(classifier, store, settings())
    results = await asyncio.gather(*(comments.submit(f"number {n}") for n in range(50)))
    assert all(new for _, new in results)
    assert len({record.comment_id for record, _ in results}) == 50
    for record, _ in results:
        assert await store.get(record.comment_id) == record
    assert len(store.inserts) < 50


async def test_a_key_gives_the_first_record_to_its_caller_only(
    classifier: Classifier, store: Store
) -> None:
    comments = Comments(classifier, store, settings())
    first, new = await comments.submit("good", caller="a", key="k")
    assert new
    assert await comments.submit("good", caller="a", key="k") == (first, False)
    other, new = await comments.submit("good", caller="b", key="k")
    assert new
    assert other.comment_id != first.comment_id
    assert uuid.UUID(first.comment_id).version == 5
    with pytest.raises(Problem) as refusal:
        await comments.submit("bad", caller="a", key="k")
    assert refusal.value.status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert refusal.value.field == "Idempotency-Key"
    assert store.inserts[0][0].body_hash == hashlib.sha256(b"good").hexdigest()


async def test_a_store_that_breaks_acknowledges_nothing(
    classifier: Classifier, store: Store
) -> None:
    comments = Comments(classifier, store, settings())
    store.broken = True
    with pytest.raises(StoreUnavailable):
        await comments.submit("good")
    assert (await comments.page(10, None)).comments == []


async def test_too_late_is_504(classifier: Classifier, bento: BadBento, store: Store) -> None:
    comments = Comments(classifier, store, settings(request_seconds=0.2))
    bento.open.clear()
    with pytest.raises(Unavailable) as failure:
        await comments.submit("good")
    assert failure.value.status == HTTPStatus.GATEWAY_TIMEOUT
    bento.open.set()
    await comments.drain()
    assert store.inserts == []


async def test_a_full_queue_is_said_at_once(
    classifier: Classifier, bento: BadBento, store: Store
) -> None:
    comments = Comments(classifier, store, settings(max_waiting=3))
    bento.open.clear()
    tasks = [asyncio.create_task(comments.submit("first"))]
    await until(lambda: bento.calls == 1, seconds=30)
    assert not comments.crowded(under_way=2)
    assert comments.crowded(under_way=3)
    tasks += [asyncio.create_task(comments.submit(f"number {n}")) for n in range(3)]
    await until(lambda: comments.crowded(under_way=0), seconds=30)
    with pytest.raises(Unavailable, match="too many"):
        await comments.submit("one too many")
    bento.open.set()
    assert len(await asyncio.gather(*tasks)) == 4
    assert not comments.crowded(under_way=0)


async def test_what_was_classified_is_recorded_though_the_store_lags(
    classifier: Classifier, bento: BadBento, store: Store
) -> None:
    """Refusing it then would throw the model's work away."""
    comments = Comments(classifier, store, settings(max_waiting=2))
    store.open.clear()
    tasks = [asyncio.create_task(comments.submit("first"))]
    await until(lambda: len(store.inserts) == 1, seconds=30)
    bento.open.clear()
    calls = bento.calls
    tasks.append(asyncio.create_task(comments.submit("second")))
    await until(lambda: bento.calls > calls, seconds=30)
    tasks += [asyncio.create_task(comments.submit(f"number {n}")) for n in range(2)]
    await until(lambda: comments.crowded(under_way=0), seconds=30)
    bento.open.set()
    await until(lambda: len(bento.texts) == 4, seconds=30)
    with pytest.raises(Unavailable):
        await comments.submit("not yet classified")
    store.open.set()
    assert len(await asyncio.gather(*tasks)) == 4
    assert "not yet classified" not in bento.texts


async def test_drain_waits_for_all(classifier: Classifier, bento: BadBento, store: Store) -> None:
    comments = Comments(classifier, store, settings())
    bento.open.clear()
    tasks = [asyncio.create_task(comments.submit(f"number {n}")) for n in range(10)]
    await until(lambda: bento.calls == 1, seconds=30)
    drain = asyncio.create_task(comments.drain())
    bento.open.set()
    await asyncio.gather(*tasks)
    await drain
    assert sum(len(batch) for batch in store.inserts) == 10


async def test_what_is_not_there_is_404(classifier: Classifier, store: Store) -> None:
    comments = Comments(classifier, store, settings())
    for work in (comments.get(str(uuid.uuid4())), comments.delete(str(uuid.uuid4()))):
        with pytest.raises(Problem) as refusal:
            await work
        assert refusal.value.status == HTTPStatus.NOT_FOUND


async def test_readiness_names_what_is_missing(classifier: Classifier, store: Store) -> None:
    comments = Comments(classifier, store, settings())
    assert await comments.not_ready() is None


async def test_who_posts_one_by_one_waits_for_nobody(
    bento: BadBento, classifier: Classifier, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    forever = 1e9
    monkeypatch.setattr(gateway.comments, "LONGEST_REST_SECONDS", forever)
    comments = Comments(classifier, store, settings(rest=forever))
    for number in range(3):
        await comments.submit(f"number {number}")
    asked = bento.calls
    # While one is being stored, the next may not be the last: it waits for others.
    store.open.clear()
    first = asyncio.create_task(comments.submit("first"))
    await until(lambda: len(store.inserts) == 4, seconds=20)
    second = asyncio.create_task(comments.submit("second"))
    store.open.set()
    await first
    assert bento.calls == asked + 1
    assert not second.done()
    await comments.drain()
    await second
