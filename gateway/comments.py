"""A comment's way through the gateway: classified in one batch, recorded in another."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable
from http import HTTPStatus
from typing import TypeVar

from gateway import cursor
from gateway.classifier import MAX_TEXTS, Classified, Classifier
from gateway.coalescer import Coalescer, Full
from gateway.problems import Problem, Unavailable
from gateway.records import Page, Record, utc_now
from gateway.store import Store, StoreUnavailable

MAX_WAITING = 1_024
READY_SECONDS = 2.0

T = TypeVar("T")


class Comments:
    """All that the gateway does, without HTTP.

    Every method raises `Unavailable` (503 or 504) when a part it needs does not answer; nothing
    was acknowledged then.
    """

    def __init__(self, classifier: Classifier, store: Store, *, request_seconds: float) -> None:
        self._classifier = classifier
        self._store = store
        self._request_seconds = request_seconds
        self._classify: Coalescer[str, Classified] = Coalescer(
            classifier.classify, max_batch=MAX_TEXTS, max_queue=MAX_WAITING
        )
        self._record: Coalescer[Record, Record] = Coalescer(
            store.insert,
            max_batch=store.max_batch,
            max_queue=MAX_WAITING,
            max_calls=store.max_calls,
        )

    async def submit(self, text: str) -> Record:
        """Classify and record one comment; what returns is durable."""
        return await self._in_time(self._submit(text))

    async def get(self, comment_id: str) -> Record:
        """
        Raises:
            Problem: 404, there is no such record.
        """
        record = await self._in_time(self._store.get(comment_id))
        if record is None:
            raise Problem(HTTPStatus.NOT_FOUND, f"there is no comment {comment_id[:100]}")
        return record

    async def page(self, limit: int, after: str | None) -> Page:
        """The records that follow the cursor `after`, newest first.

        Raises:
            Problem: 422, the cursor is not one of ours.
        """
        before = cursor.decode(after) if after else None
        # One more than asked for tells whether there is a next page.
        found = await self._in_time(self._store.newest(limit + 1, before))
        page = found[:limit]
        more = len(found) > limit
        return Page(page, cursor.encode(cursor.Position.of(page[-1])) if more else None)

    async def not_ready(self) -> str | None:
        """What is missing for taking comments now."""
        async with asyncio.TaskGroup() as group:
            model = group.create_task(self._classifier.ready())
            store = group.create_task(self._store_answers())
        missing = [
            name
            for name, ready in (("the model", model.result()), ("the store", store.result()))
            if not ready
        ]
        return " and ".join(missing) + " cannot be reached" if missing else None

    async def drain(self) -> None:
        """Wait for all that was taken."""
        await self._classify.drain()
        await self._record.drain()

    async def _submit(self, text: str) -> Record:
        try:
            model, prediction = await self._classify.submit(text)
            return await self._record.submit(
                Record(
                    comment_id=str(uuid.uuid4()),
                    timestamp=utc_now(),
                    original_comment=text,
                    sentiment=prediction.sentiment,
                    score=f"{prediction.score:.4f}",
                    confidence=prediction.confidence,
                    model=model,
                )
            )
        except Full:
            raise Unavailable("too many comments are waiting") from None

    async def _store_answers(self) -> bool:
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._store.check()
        except (StoreUnavailable, TimeoutError):
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
