"""Imports a file of comments through a gateway's batch route, each row once.

A row's idempotency key is made of the file's digest and the row's number, so a second run, or one
after a crash, finds what is there already. Rows are read as they are sent: a large file needs no
more memory than a small one.
"""

from __future__ import annotations

import asyncio
import csv
import hashlib
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

from gateway.records import BATCH_MAX_COMMENTS

__all__ = ["ImportFailedError", "Row", "Summary", "digest", "import_rows", "read_rows"]

BATCHES_AT_ONCE = 4
CHUNK_BYTES = 1024 * 1024
MAX_FIELD_BYTES = 10 * 1024 * 1024
MAX_ATTEMPTS = 60
RETRIED = frozenset({429, 503, 504})
TIMEOUT = aiohttp.ClientTimeout(total=60)


class ImportFailedError(Exception):
    """The file cannot be read, or the gateway does not take it; the text says which."""


class Row(NamedTuple):
    """A row of the file, counted from 1 without the header."""

    number: int
    text: str


class Summary(NamedTuple):
    """The numbers of rows by what became of them."""

    new: int
    known: int
    refused: int


def digest(path: Path, report: Callable[[int], None] = lambda _: None) -> str:
    """The SHA-256 of a file. `report` is called with the bytes of each part that was read."""
    sha256 = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            sha256.update(chunk)
            report(len(chunk))
    return sha256.hexdigest()


def read_rows(path: Path, column: str, *, json_lines: bool) -> Iterator[Row]:
    """The comments of a file: a column of a CSV file with a header, or a member of each line of
    JSON. Raises ImportFailedError."""
    csv.field_size_limit(MAX_FIELD_BYTES)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = _json_rows(file, column) if json_lines else _csv_rows(file, column)
            yield from itertools.starmap(Row, enumerate(rows, 1))
    except UnicodeDecodeError as error:
        raise ImportFailedError(f"{path}: not UTF-8 ({error.reason})") from None
    except (OSError, csv.Error, ValueError) as error:
        raise ImportFailedError(f"{path}: {error}") from None


def _csv_rows(file: Any, column: str) -> Iterator[str]:
    reader = csv.DictReader(file)
    if column not in (reader.fieldnames or ()):
        names = ", ".join(reader.fieldnames or ()) or "none"
        raise ValueError(f"there is no column {column}; its columns are: {names}")
    for row in reader:
        yield row[column] or ""


def _json_rows(file: Any, column: str) -> Iterator[str]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            raise ValueError(f"line {number} is not JSON") from None
        text = row.get(column) if isinstance(row, dict) else None
        if not isinstance(text, str):
            raise ValueError(f"line {number} has no text {column}")
        yield text


async def import_rows(
    rows: Iterator[Row],
    *,
    url: str,
    token: str | None,
    key: str,
    refuse: Callable[[Row, str], None],
    report: Callable[[int], None] = lambda _: None,
) -> Summary:
    """Send the rows, and wait for the gateway whenever it asks for it.

    Args:
        rows: of the file.
        url: base URL of the gateway.
        token: an access token with the role `submit`.
        key: the file's digest.
        refuse: called with each row that the gateway refuses, and its reason.
        report: called with the number of rows that are done.

    Raises:
        ImportFailedError: the gateway cannot be reached, refuses all, or never has room.
    """
    counts: Counter[int] = Counter()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with aiohttp.ClientSession(timeout=TIMEOUT, headers=headers) as session:

        async def send(batch: list[Row]) -> None:
            waiting = batch
            for attempt in range(MAX_ATTEMPTS):
                outcomes = await _post(session, url, waiting, key)
                again = []
                for row, outcome in zip(waiting, outcomes, strict=True):
                    status = outcome["status"]
                    if status in RETRIED:
                        again.append(row)
                        continue
                    counts[status] += 1
                    if "problem" in outcome:
                        refuse(row, outcome["problem"]["detail"])
                report(len(waiting) - len(again))
                if not again:
                    return
                waiting = again
                await asyncio.sleep(min(0.1 * 2**attempt, 5))
            raise ImportFailedError("the gateway has no room for the rows")

        async with _tasks() as start:
            for batch in _batches(rows):
                await start(send(batch))
    new, known = counts.pop(HTTPStatus.CREATED, 0), counts.pop(HTTPStatus.OK, 0)
    return Summary(new, known, refused=counts.total())


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(itertools.islice(rows, BATCH_MAX_COMMENTS)):
        yield batch


@asynccontextmanager
async def _tasks() -> AsyncIterator[Callable[[Any], Any]]:
    """Runs a few coroutines at once; the first that fails ends all."""
    slots = asyncio.Semaphore(BATCHES_AT_ONCE)
    try:
        async with asyncio.TaskGroup() as group:

            async def start(work: Any) -> None:
                await slots.acquire()
                group.create_task(work).add_done_callback(lambda _: slots.release())

            yield start
    except* ImportFailedError as failures:
        raise failures.exceptions[0] from None


async def _post(
    session: aiohttp.ClientSession, url: str, rows: list[Row], key: str
) -> list[dict[str, Any]]:
    """The outcomes of a batch, once the gateway takes it."""
    comments = [
        {"comment": row.text, "idempotency_key": f"import-{key[:32]}-{row.number}"} for row in rows
    ]
    for attempt in range(MAX_ATTEMPTS):
        wait = min(0.1 * 2**attempt, 5)
        try:
            async with session.post(
                f"{url}/comments/batch", json={"comments": comments}, allow_redirects=False
            ) as response:
                if response.status == HTTPStatus.OK:
                    outcomes: list[dict[str, Any]] = (await response.json())["outcomes"]
                    return outcomes
                detail = await response.text()
                if response.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and len(rows) > 1:
                    half = len(rows) // 2
                    parts = (rows[:half], rows[half:])
                    return [o for part in parts for o in await _post(session, url, part, key)]
                if response.status not in RETRIED:
                    raise ImportFailedError(f"the gateway answered {response.status}: {detail}")
                wait = max(wait, float(response.headers.get("Retry-After", 0)))
        except (aiohttp.ClientError, TimeoutError) as error:
            detail = f"{url} cannot be reached: {error or 'no answer in time'}"
            if attempt == MAX_ATTEMPTS - 1:
                raise ImportFailedError(detail) from None
        await asyncio.sleep(wait)
    raise ImportFailedError(f"the gateway has no room: {detail}")
