"""Sends rows through a gateway's batch route, each once.

A row's idempotency key is made of the file's digest and the row's number, so a second run, or one
after a crash, finds what is there already.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any, NamedTuple

import aiohttp
import msgspec

from gateway.importing.answers import Answer
from gateway.importing.rows import ImportFailedError, Row
from gateway.records import BATCH_MAX_COMMENTS

__all__ = ["Summary", "send_rows"]

BATCHES_AT_ONCE = 4
# A line of 1 Mbit/s carries four of them within the ten seconds that the gateway waits for a body.
BATCH_MAX_BYTES = 256 * 1024
SLOW_SECONDS = 5.0
"""A connection that breaks after this time carries too much."""
STALL_SECONDS = 300.0
"""The import ends when no row was done for so long."""
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.1, 5.0
NOTICE_SECONDS = 30.0
"""Between two notices of the same trouble."""
TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=10)

RETRIED = frozenset({408, 429, 502, 503, 504})
# For a batch as a whole: smaller ones tell which row is meant.
INVALID = frozenset({400, 413, 422})


class Summary(NamedTuple):
    """The numbers of rows by what became of them."""

    new: int
    known: int
    refused: int


async def send_rows(
    rows: Iterator[Row],
    *,
    url: str,
    token: str | None,
    key: str,
    refuse: Callable[[Row, str], None],
    report: Callable[[int], None] = lambda _: None,
    notify: Callable[[str], None] = lambda _: None,
) -> Summary:
    """Send the rows, and wait for the gateway whenever it asks for it.

    Args:
        rows: of the file.
        url: base URL of the gateway.
        token: an access token with the role `submit`.
        key: the file's digest.
        refuse: called with each row that is refused, and the reason.
        report: called with the number of rows that are done.
        notify: called with why the import waits, at most twice a minute for the same reason.

    Raises:
        ImportFailedError: the gateway cannot be reached at first, refuses all, or takes no row for
            five minutes.
    """
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    async with aiohttp.ClientSession(timeout=TIMEOUT, headers=headers) as session:
        sender = _Sender(session, url, key, refuse, report, notify)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(BATCHES_AT_ONCE):
                    group.create_task(sender.send(rows))
        except* ImportFailedError as failures:
            raise failures.exceptions[0] from None
    counts = sender.counts
    new, known = counts.pop(HTTPStatus.CREATED, 0), counts.pop(HTTPStatus.OK, 0)
    return Summary(new, known, refused=counts.total())


class _Sender:
    """What the batches under way share: the sizes that the gateway and the line allow."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        key: str,
        refuse: Callable[[Row, str], None],
        report: Callable[[int], None],
        notify: Callable[[str], None],
    ) -> None:
        self.counts: Counter[int] = Counter()
        self._session = session
        self._url = url
        self._address = f"{url}/comments/batch"
        self._key = key
        self._tell_refused = refuse
        self._report = report
        self._notify = notify
        self._max_rows = BATCH_MAX_COMMENTS
        self._max_bytes = BATCH_MAX_BYTES
        self._answered = False
        self._last_done = time.monotonic()
        self._noticed: dict[str, float] = {}

    async def send(self, rows: Iterator[Row]) -> None:
        """Send until there are no more rows. Several of these may share them."""
        while batch := self._take(rows):
            await self._deliver(batch)

    def _take(self, rows: Iterator[Row]) -> list[Row]:
        batch: list[Row] = []
        size = 0
        for row in rows:
            if row.fault:
                self._refuse(row, HTTPStatus.UNPROCESSABLE_ENTITY, row.fault)
                continue
            batch.append(row)
            size += len(row.text.encode())
            if len(batch) >= self._max_rows or size >= self._max_bytes:
                break
        return batch

    async def _deliver(self, rows: list[Row]) -> None:
        pause = FIRST_PAUSE_SECONDS
        while rows:
            answer = await self._post(rows)
            detail = answer.detail
            if answer.status == HTTPStatus.OK:
                before = len(rows)
                rows, detail = self._settle(rows, answer.outcomes)
                if not rows:
                    return
                if len(rows) < before:
                    pause = FIRST_PAUSE_SECONDS
            elif len(rows) > 1 and (most := self._fitting(rows, answer)) < len(rows):
                for start in range(0, len(rows), most):
                    await self._deliver(rows[start : start + most])
                return
            elif answer.status in INVALID:
                self._refuse(rows[0], answer.status, detail)
                return
            elif answer.status and answer.status not in RETRIED:
                raise ImportFailedError(f"{self._address} answered {answer.status}: {detail}")
            await self._wait(max(pause, answer.wait), detail)
            pause = min(2 * pause, MAX_PAUSE_SECONDS)

    def _fitting(self, rows: list[Row], answer: Answer) -> int:
        """How many of the rows may be sent at once after this answer."""
        if answer.rate is not None and answer.rate < len(rows):
            self._max_rows = min(self._max_rows, answer.rate)
            return answer.rate
        half = (len(rows) + 1) // 2
        is_slow = answer.status == HTTPStatus.REQUEST_TIMEOUT or (
            not answer.status and answer.seconds > SLOW_SECONDS
        )
        if is_slow or answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            size = sum(len(row.text.encode()) for row in rows)
            self._max_bytes = max(1, min(self._max_bytes, size // 2))
            return half
        return half if answer.status in INVALID else len(rows)

    def _settle(self, rows: list[Row], outcomes: list[dict[str, Any]]) -> tuple[list[Row], str]:
        """The rows to send again, and why."""
        again: list[Row] = []
        reason = ""
        for row, outcome in zip(rows, outcomes, strict=True):
            status, problem = outcome["status"], outcome.get("problem")
            if status in RETRIED and problem:
                again.append(row)
                reason = problem["detail"]
            elif problem:
                self._refuse(row, status, problem["detail"])
            else:
                self._done(status)
        return again, reason

    def _refuse(self, row: Row, status: int, reason: str) -> None:
        self._tell_refused(row, reason)
        self._done(status)

    def _done(self, status: int) -> None:
        self.counts[status] += 1
        self._last_done = time.monotonic()
        self._report(1)

    async def _wait(self, seconds: float, reason: str) -> None:
        now = time.monotonic()
        if now - self._last_done > STALL_SECONDS:
            raise ImportFailedError(f"no row was taken for {STALL_SECONDS:g} s: {reason}")
        if now - self._noticed.get(reason, -NOTICE_SECONDS) >= NOTICE_SECONDS:
            self._noticed[reason] = now
            self._notify(reason)
        await asyncio.sleep(seconds)

    async def _post(self, rows: list[Row]) -> Answer:
        """
        Raises:
            ImportFailedError: there was no answer yet at all, or one that is not a gateway's.
        """
        comments = [
            {"comment": row.text, "idempotency_key": f"import-{self._key[:32]}-{row.number}"}
            for row in rows
        ]
        body = msgspec.json.encode({"comments": comments})
        start = time.monotonic()
        try:
            async with self._session.post(
                self._address, data=body, allow_redirects=False
            ) as response:
                self._answered = True
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            reason = f"{self._url} cannot be reached: {error or 'no answer in time'}"
            if not self._answered:
                raise ImportFailedError(reason) from None
            return Answer(0, reason, seconds=time.monotonic() - start)
        answer = Answer.read(response.status, response.headers, content)
        if answer.status == HTTPStatus.OK and len(answer.outcomes) != len(rows):
            raise ImportFailedError(f"the answer of {self._url} is not a gateway's")
        return answer
