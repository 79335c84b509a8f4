"""A comment's way through the gateway: classified in one batch, recorded in another."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
import uuid
from collections.abc import Awaitable, Sequence
from functools import partial
from http import HTTPStatus
from typing import TypeVar

import msgspec

from gateway import cursor, metrics
from gateway.coalescer import Coalescer, Full
from gateway.http.problems import Problem, Unavailable
from gateway.model.client import MAX_TEXTS, Classified, Classifier
from gateway.records import Entry, ExplainedRecord, Page, Record, utc_now
from gateway.settings import Settings
from gateway.stores.base import Store, StoreUnavailable

READY_SECONDS = 2.0
# Many times what a call takes that is in order.
LONGEST_REST_SECONDS = 0.05
SECONDS_A_DAY = 24 * 60 * 60
# Ids that come from idempotency keys, RFC 9562 version 5.
NAMESPACE = uuid.UUID("6f0f3a52-9a43-5d0c-8d0d-3f6f4a1c7b9e")

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Comments:
    """All that the gateway does, without HTTP.

    Every method raises `Unavailable` (503 or 504) when a part it needs does not answer; nothing
    was acknowledged then.
    """

    def __init__(self, classifier: Classifier, store: Store, settings: Settings) -> None:
        self._classifier = classifier
        self._store = store
        self._max_waiting = settings.max_waiting
        self._request_seconds = settings.request_seconds
        self._retention_days = settings.retention_days
        self._under_way = 0
        self._classify: Coalescer[str, Classified] = Coalescer(
            classifier.classify,
            max_batch=MAX_TEXTS,
            max_queue=settings.max_waiting,
            max_wait=settings.max_wait_seconds,
            min_items=settings.eager_comments,
            pause_factor=settings.rest,
            max_pause=LONGEST_REST_SECONDS,
            observe=partial(_observe, "classify"),
        )
        self._record: Coalescer[Entry, Entry] = Coalescer(
            self._insert,
            max_batch=store.max_batch,
            max_queue=settings.max_waiting,
            max_wait=settings.max_wait_seconds,
            max_calls=store.max_calls,
            observe=partial(_observe, "record"),
        )
        classifier.replicas.changed = self._use_replicas
        metrics.QUEUE.labels("classify").set_function(lambda: len(self._classify))
        metrics.QUEUE.labels("record").set_function(lambda: len(self._record))

    def crowded(self, *, under_way: int) -> bool:
        """Whether one more comment would wait too long, so that it is better refused at once.

        Args:
            under_way: requests that have not been answered. What waits for this process's own
                turn is in no queue of ours, but among these.
        """
        return under_way >= self._max_waiting or self._classify.full or self._record.full

    async def submit(
        self, text: str, *, caller: str = "", key: str | None = None
    ) -> tuple[Record, bool]:
        """Classify and record one comment; what returns is durable.

        Args:
            text: the comment.
            caller: who sends it.
            key: the caller's idempotency key. With the same key, the same text gives the record
                that was made first, whichever gateway made it.

        Returns:
            The record, and whether it is new.

        Raises:
            Problem: 422, the key came with another text before.
        """
        self._under_way += 1
        try:
            return await self._in_time(self._submit(text, caller, key))
        finally:
            self._under_way -= 1

    async def explain(self, record: Record) -> ExplainedRecord:
        """The record with the present model's explanation, if it gives one in time."""
        explanation = await self._classifier.explain(record.original_comment)
        return ExplainedRecord(*msgspec.structs.astuple(record), explanation=explanation)

    async def get(self, comment_id: str) -> Record:
        """
        Raises:
            Problem: 404, there is no such record.
        """
        record = await self._in_time(self._store.get(comment_id))
        if record is None:
            raise _not_found(comment_id)
        return record

    async def delete(self, comment_id: str) -> None:
        """Remove a record for good.

        Raises:
            Problem: 404, there is no such record.
        """
        if not await self._in_time(self._store.delete(comment_id)):
            raise _not_found(comment_id)

    async def page(self, limit: int, after: str | None) -> Page:
        """The records that follow the cursor `after`, newest first.

        Raises:
            Problem: 422, the cursor is not one of ours.
        """
        before = None if after is None else cursor.decode(after)
        # One more than asked for tells whether there is a next page.
        found = await self._in_time(self._store.newest(limit + 1, before))
        page = found[:limit]
        more = len(found) > limit
        return Page(page, cursor.encode(cursor.Position.of(page[-1])) if more else None)

    async def not_ready(self) -> str | None:
        """What is missing for taking comments now."""
        model, store = await asyncio.gather(self._classifier.ready(), self._store_answers())
        missing = [name for name, ready in (("model", model), ("store", store)) if not ready]
        return f"the {' and the '.join(missing)} cannot be reached" if missing else None

    async def drain(self) -> None:
        """Wait for all that was taken."""
        await self._classify.drain()
        await self._record.drain()

    async def _submit(self, text: str, caller: str, key: str | None) -> tuple[Record, bool]:
        try:
            if self._record.full:
                raise Full
            # Who posts one by one does not wait for others.
            classified = await self._classify.submit(text, alone=self._under_way == 1)
            entry = self._entry(text, caller, key, classified)
            # Now refusing it would only waste what the model did for it.
            stored = await self._record.submit(entry, even_if_full=True)
        except Full:
            metrics.SHED.inc()
            raise Unavailable("too many comments are waiting") from None
        if stored.body_hash != entry.body_hash:
            raise Problem(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "came with another comment before",
                field="Idempotency-Key",
            )
        # Without a key nobody else can have made it, even if the store had to be asked twice.
        new = stored is entry or key is None
        if new:
            record = entry.record
            metrics.predictions(record.sentiment, record.confidence, record.model).inc()
        return stored.record, new

    def _entry(self, text: str, caller: str, key: str | None, classified: Classified) -> Entry:
        model, prediction = classified
        return Entry(
            Record(
                comment_id=str(
                    uuid.uuid4() if key is None else uuid.uuid5(NAMESPACE, f"{caller}\0{key}")
                ),
                timestamp=utc_now(),
                original_comment=text,
                sentiment=prediction.sentiment,
                score=f"{prediction.score:.4f}",
                confidence=prediction.confidence,
                model=model,
            ),
            body_hash=None if key is None else hashlib.sha256(text.encode()).hexdigest(),
            expires_at=int(time.time() + self._retention_days * SECONDS_A_DAY)
            if self._retention_days
            else None,
        )

    def _use_replicas(self, count: int) -> None:
        """Have as many calls to the Bento in flight as it has replicas, and at least one."""
        self._classify.max_calls = max(count, 1)
        metrics.REPLICAS.set(count)

    async def _insert(self, entries: Sequence[Entry]) -> list[Entry | Exception]:
        with metrics.STORE_SECONDS.time():
            return await self._store.insert(entries)

    async def _store_answers(self) -> bool:
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._store.check()
        except (StoreUnavailable, TimeoutError) as error:
            _log.warning("the store does not answer: %s", str(error) or "in time")
            return False
        return True

    async def _in_time(self, work: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._request_seconds):
                return await work
        except TimeoutError:
            raise Unavailable(
                f"not done within {self._request_seconds:g} s", status=HTTPStatus.GATEWAY_TIMEOUT
            ) from None


def _observe(stage: str, size: int, waited: float) -> None:
    metrics.BATCH_SIZE.labels(stage).observe(size)
    metrics.QUEUE_SECONDS.labels(stage).observe(waited)


def _not_found(comment_id: str) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, f"there is no comment {comment_id}")
