"""A comment's way through the gateway: classified in one batch, recorded in another."""

from __future__ import annotations

import asyncio
import hashlib
import time
import uuid
from collections.abc import Awaitable, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

import msgspec
import uuid_utils

from gateway import batching, metrics, tracing
from gateway.coalescer import Coalescer
from gateway.errors import KeyReusedError, TimedOutError, UnavailableError
from gateway.health.parts import Parts
from gateway.ledger.store import Store
from gateway.model.answers import Classification, Question
from gateway.model.client import ModelClient
from gateway.records import Entry, ExplainedRecord, Record, utc_now
from gateway.settings import Settings

SECONDS_PER_DAY = 24 * 60 * 60
# Ids that come from idempotency keys, RFC 9562 version 5.
NAMESPACE = uuid.UUID("6f0f3a52-9a43-5d0c-8d0d-3f6f4a1c7b9e")
CROWDED = "too many comments are waiting"

Submitted = tuple[Record, bool]
"""A record, and whether it is new."""

T = TypeVar("T")


class _Moment(NamedTuple):
    """When comments were classified, and when their records expire; None: never."""

    timestamp: str
    expires_at: int | None


class Comments:
    """The gateway's service, without HTTP.

    Every method raises `UnavailableError`, or `TimedOutError`, if a part that it needs does not
    answer; nothing was acknowledged then.
    """

    def __init__(self, model: ModelClient, store: Store, settings: Settings) -> None:
        """To be created while an event loop runs."""
        self._model = model
        self._max_requests = settings.gateway_max_requests
        self._request_seconds = settings.gateway_request_seconds
        self._retention_seconds = settings.gateway_retention_days * SECONDS_PER_DAY
        self._submissions = 0
        self._parts = parts = Parts(model, store, settings.gateway_max_queue_seconds)
        self._classify: Coalescer[Question, Classification] = batching.before_model(
            parts.model.watched(model.classify),
            settings,
            partial(batching.observe, "classify"),
            lambda question: len(question.text),
        )
        self._record: Coalescer[Entry, Entry] = batching.before_store(
            parts.store.watched(store.insert), store, settings, partial(batching.observe, "record")
        )
        parts.model.on_refusal = self._classify.reject
        parts.store.on_refusal = self._record.reject
        model.on_replica_count(self._use_replicas)
        metrics.IN_PROGRESS_LIMIT.labels("comments").set(settings.gateway_max_requests)
        for queue, coalescer in (("classify", self._classify), ("record", self._record)):
            batching.watch(queue, coalescer, settings)

    def find_refusal(self, requests: int, recorded: bool = True) -> str | None:
        """Why one more comment is better refused at once, as a sentence; None if it is not.

        Args:
            requests: requests in progress. Those that wait for the event loop are in no queue.
            recorded: whether the comment would be recorded.
        """
        if outage := self._parts.find_refusal(recorded=recorded):
            return outage
        full = self._classify.full or (recorded and self._record.full)
        return CROWDED if full or requests >= self._max_requests else None

    async def submit(self, text: str, *, caller: str = "", key: str | None = None) -> Submitted:
        """Classify and record one comment. The record is durable when this returns.

        Args:
            text: the comment.
            caller: the sender's name.
            key: the sender's idempotency key. The same key with the same text gives the first
                record, whichever gateway made it.

        Returns:
            The record, and whether it is new.

        Raises:
            KeyReusedError: the key came with another text before.
        """
        self._submissions += 1
        try:
            return await self._in_time(self._submit(text, caller, key))
        finally:
            self._submissions -= 1

    async def submit_many(
        self, comments: Sequence[tuple[str, str | None]], *, caller: str = ""
    ) -> list[Submitted | Exception]:
        """Classify and record many comments, which share batches.

        Args:
            comments: texts and idempotency keys.
            caller: the sender's name.

        Returns:
            For each, in order, what `submit` returns or raises.
        """
        self._submissions += len(comments)
        try:
            return await self._in_time(self._submit_many(comments, caller))
        finally:
            self._submissions -= len(comments)

    async def classify(self, texts: Sequence[str]) -> list[Classification | Exception]:
        """The classification of each text, with the probabilities of all classes. Nothing is
        recorded.

        Raises:
            UnavailableError: too many comments are waiting, or the model is out.
        """
        if reason := self.find_refusal(0, recorded=False):
            raise _refused(reason)
        questions = [Question(text, with_probabilities=True) for text in texts]
        return await self._in_time(self._classify.submit_many(questions))

    async def explain(self, record: Record) -> ExplainedRecord:
        """The record with the present model's explanation, if it gives one in time."""
        explanation = await self._model.explain(record.original_comment)
        return ExplainedRecord(*msgspec.structs.astuple(record), explanation=explanation)

    async def drain(self) -> None:
        """Wait for all accepted comments, and for nothing else."""
        await self._classify.drain()
        await self._record.drain()
        await self._parts.close()

    async def _submit(self, text: str, caller: str, key: str | None) -> Submitted:
        if reason := self.find_refusal(0):
            raise _refused(reason)
        # A client that posts one by one does not wait for others.
        classification = await self._classify.submit(Question(text), alone=self._submissions == 1)
        tracing.note({"valence.model.digest": classification.model})
        entry = self._entry(text, caller, key, classification, self._moment())
        # A refusal after the model's work would waste it.
        stored = await self._record.submit(entry, even_if_full=True)
        submitted = self._submitted(entry, stored, key)
        if isinstance(submitted, Exception):
            raise submitted
        return submitted

    async def _submit_many(
        self, comments: Sequence[tuple[str, str | None]], caller: str
    ) -> list[Submitted | Exception]:
        questions = [Question(text) for text, _ in comments]
        classified = await self._classify.submit_many(questions)
        now = self._moment()
        entries: list[Entry | Exception] = [
            result if isinstance(result, Exception) else self._entry(text, caller, key, result, now)
            for (text, key), result in zip(comments, classified, strict=True)
        ]
        accepted = [entry for entry in entries if isinstance(entry, Entry)]
        stored = iter(await self._record.submit_many(accepted))
        return [
            self._submitted(entry, next(stored), key) if isinstance(entry, Entry) else entry
            for entry, (_, key) in zip(entries, comments, strict=True)
        ]

    def _submitted(
        self, entry: Entry, stored: Entry | Exception, key: str | None
    ) -> Submitted | Exception:
        if isinstance(stored, Exception):
            return stored
        if stored.body_hash != entry.body_hash:
            return KeyReusedError()
        # Without a key nobody else can have made the record, even after a retried write.
        is_new = stored is entry or key is None
        if is_new:
            record = entry.record
            characters = len(record.original_comment)
            metrics.predicted(record.sentiment, record.confidence, record.model, characters)
        return stored.record, is_new

    def _moment(self) -> _Moment:
        keeps = self._retention_seconds
        return _Moment(utc_now(), int(time.time() + keeps) if keeps else None)

    def _entry(
        self,
        text: str,
        caller: str,
        key: str | None,
        classification: Classification,
        now: _Moment,
    ) -> Entry:
        model, prediction = classification
        return Entry(
            Record(
                comment_id=str(
                    # In order of time, so that an index of ids grows at its end.
                    uuid_utils.uuid7() if key is None else uuid.uuid5(NAMESPACE, f"{caller}\0{key}")
                ),
                timestamp=now.timestamp,
                original_comment=text,
                sentiment=prediction.sentiment,
                score=f"{prediction.score:.4f}",
                confidence=prediction.confidence,
                model=model,
            ),
            body_hash=None if key is None else hashlib.sha256(text.encode()).hexdigest(),
            expires_at=now.expires_at,
        )

    def _use_replicas(self, count: int) -> None:
        """Allow one call in flight per replica of the Bento, and at least one."""
        self._classify.max_calls = max(count, 1)

    async def _in_time(self, work: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._request_seconds):
                return await work
        except TimeoutError:
            limit = f"not finished within {self._request_seconds:g} s"
            failure = self._parts.find_failure()
            raise TimedOutError(f"{limit}: {failure}" if failure else limit) from None


def count_refusal(reason: str) -> None:
    """Count a comment that is refused because too many wait."""
    if reason == CROWDED:
        metrics.SHED.labels("comments").inc()


def _refused(reason: str) -> UnavailableError:
    count_refusal(reason)
    return UnavailableError(reason)
