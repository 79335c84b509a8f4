"""What people do with recorded comments: read, search, correct, count, export and delete them."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TypeVar

import msgspec

from gateway import metrics
from gateway.errors import NotFoundError, TimedOutError, UnavailableError
from gateway.ledger import cursor, statistics
from gateway.ledger.filters import EVERYTHING, Filter
from gateway.ledger.statistics import By, Statistics
from gateway.ledger.store import Corrected, Store
from gateway.records import (
    PAGE_MAX_BYTES,
    Correction,
    NewCorrection,
    Page,
    Record,
    utc_now,
)
from gateway.settings import Settings

# Each takes up to 5 MB of memory, and milliseconds of the time that comments need, too.
MAX_LISTINGS = 16
MAX_CONCURRENT_LISTINGS = 4
# An export that nobody reads keeps up to 5 MB of records.
MAX_EXPORTS = 8
EXPORT_RECORDS = 1_000
"""Records that an export reads at once."""

T = TypeVar("T")


class Ledger:
    """The records of a store.

    Every method raises `UnavailableError`, or `TimedOutError`, if the store does not answer.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        """To be created while an event loop runs."""
        self._store = store
        self._seconds = settings.gateway_request_seconds
        self._listings = 0
        self._exports = 0
        self._waiting = 0
        self._reading = 0
        self._slots = asyncio.Semaphore(MAX_CONCURRENT_LISTINGS)
        metrics.QUEUE.labels("listing").set_function(lambda: self._waiting)
        metrics.QUEUE_LIMIT.labels("listing").set(
            MAX_LISTINGS + MAX_EXPORTS - MAX_CONCURRENT_LISTINGS
        )
        metrics.IN_PROGRESS.labels("listing").set_function(lambda: self._reading)
        metrics.IN_PROGRESS_LIMIT.labels("listing").set(MAX_CONCURRENT_LISTINGS)
        metrics.IN_PROGRESS.labels("export").set_function(lambda: self._exports)
        metrics.IN_PROGRESS_LIMIT.labels("export").set(MAX_EXPORTS)

    async def get(self, comment_id: str) -> Record:
        """
        Raises:
            NotFoundError: there is no such record.
        """
        record = await self._in_time(self._store.get(comment_id))
        if record is None:
            raise NotFoundError(comment_id)
        return record

    async def delete(self, comment_id: str) -> None:
        """Remove a record for good.

        Raises:
            NotFoundError: there is no such record.
        """
        if not await self._in_time(self._store.delete(comment_id)):
            raise NotFoundError(comment_id)

    async def correct(self, comment_id: str, given: NewCorrection | None, caller: str) -> Corrected:
        """Give a record a correction, in place of an earlier one, or remove it. All else stays as
        it was written. What the present correction says already is left as it is.

        Raises:
            NotFoundError: there is no such record.
        """
        correction = None
        if given:
            correction = Correction(given.sentiment, given.note, caller, utc_now())
        corrected = await self._in_time(self._store.correct(comment_id, correction))
        if corrected is None:
            raise NotFoundError(comment_id)
        record, has_changed = corrected
        if correction and has_changed:
            metrics.corrected(record.sentiment, correction.sentiment, record.model)
        return corrected

    async def page(self, limit: int, after: str | None, where: Filter = EVERYTHING) -> Page:
        """The records of a filter that follow the cursor `after`, newest first.

        Raises:
            InvalidInputError: the string is not a cursor, or one of another filter.
            UnavailableError: also if too many listings are in progress.
        """
        before = None if after is None else cursor.decode(after, where)
        async with self._listing():
            listing = await self._in_time(self._store.newest(limit, before, where))
        page, end = _fit(listing.records), listing.end
        if len(page) < len(listing.records):
            end = cursor.Position.of(page[-1])
        return Page(page, cursor.encode(end, where) if end else None)

    async def export(self, where: Filter = EVERYTHING) -> AsyncGenerator[list[Record], None]:
        """All records of a filter, newest first, in parts of bounded size.

        Raises:
            UnavailableError: also if too many exports are in progress. After the first part, the
                export is incomplete.
        """
        if self._exports >= MAX_EXPORTS:
            metrics.SHED.labels("export").inc()
            raise UnavailableError("too many exports are in progress")
        self._exports += 1
        position = None
        try:
            while True:
                # The slot is free while the reader takes the part, for hours if it is slow.
                async with self._slot():
                    part = self._store.newest(EXPORT_RECORDS, position, where)
                    records, position = await self._in_time(part)
                yield records
                if position is None:
                    return
        finally:
            self._exports -= 1

    async def statistics(
        self, since: dt.datetime | None, until: dt.datetime | None, by: By
    ) -> Statistics:
        """How many records there are in each hour or day of [since, until): by default of the last
        24 hours, or of the last `statistics.MAX_DAYS` days.

        Raises:
            InvalidInputError: the span is empty or too long.
        """
        period = statistics.span(since, until, by)
        async with self._listing():
            try:
                counts = await self._in_time(self._store.count(period, by))
            except TimedOutError as error:
                raise TimedOutError(f"{error}; narrow `from` and `to`") from None
        return statistics.summarise(period, by, counts)

    @asynccontextmanager
    async def _listing(self) -> AsyncIterator[None]:
        if self._listings >= MAX_LISTINGS:
            metrics.SHED.labels("listing").inc()
            raise UnavailableError("too many listings are in progress")
        self._listings += 1
        try:
            async with self._slot():
                yield
        finally:
            self._listings -= 1

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        """One of the few that may read many records from the store at a time."""
        await self._turn()
        self._reading += 1
        try:
            yield
        finally:
            self._reading -= 1
            self._slots.release()

    async def _turn(self) -> None:
        self._waiting += 1
        try:
            with metrics.queue_seconds("listing").time():
                async with asyncio.timeout(self._seconds):
                    await self._slots.acquire()
        except TimeoutError:
            raise TimedOutError("too many listings are in progress") from None
        finally:
            self._waiting -= 1

    async def _in_time(self, work: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._seconds):
                return await work
        except TimeoutError:
            raise TimedOutError(f"not finished within {self._seconds:g} s") from None


def _fit(records: list[Record]) -> list[Record]:
    """The first of the records, as many as a page may have bytes."""
    size = 0
    for count, record in enumerate(records):
        size += len(msgspec.json.encode(record))
        if size > PAGE_MAX_BYTES:
            return records[:count]
    return records
