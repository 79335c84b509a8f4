"""`python -m loadtest accuracy`: posts labelled texts to a gateway and compares what it stored."""

from __future__ import annotations

import asyncio
import csv
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

import aiohttp
import click
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table

from loadtest.errors import LoadTestError
from loadtest.harness import command as options

T = TypeVar("T")

LABELS = {"0": "negative", "1": "positive"}


@click.command("accuracy")
@click.argument("file", type=options.FILE)
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="The gateway.")
@click.option(
    "--connections",
    default=32,
    show_default=True,
    type=click.IntRange(1, 1_000),
    help="Concurrent comments.",
)
def command(file: Path, url: str, connections: int) -> None:
    """Post the labelled texts of FILE (CSV: text,label) and judge the records that were stored."""
    asyncio.run(measure(file, url, connections)).show()


@dataclass(frozen=True)
class Accuracy:
    """How the stored sentiments compare with the labels."""

    posted: int
    stored: int
    """Records that were read back by id and have the posted text."""
    right: int
    neutral: int
    """Neutral answers to texts that were not labelled neutral; they count as wrong."""
    seconds: float
    """From the first post to the last answer."""

    def show(self) -> None:
        table = Table("comments posted", "stored", "accuracy", "neutral", "seconds", "comments/s")
        table.add_row(
            f"{self.posted:,}",
            f"{self.stored:,}",
            f"{self.right / self.posted:.2%}",
            f"{self.neutral / self.posted:.2%}",
            f"{self.seconds:.2f}",
            f"{self.posted / self.seconds:,.0f}",
        )
        Console().print(table)


async def measure(file: Path, url: str, connections: int) -> Accuracy:
    """Post every row, then read every record back.

    Args:
        file: CSV with the columns `text` and `label` (0, 1, negative, neutral or positive).
        url: the gateway's base URL.
        connections: concurrent comments.

    Raises:
        LoadTestError: the file is not such a CSV, or the gateway did not accept a comment.
    """
    rows = read(file)
    try:
        async with aiohttp.ClientSession(
            url.rstrip("/") + "/", connector=aiohttp.TCPConnector(limit=connections)
        ) as session:
            with options.progress_bar() as bar:
                started = time.perf_counter()
                posting = [_post(session, text) for text, _ in rows]
                ids = await _gather(posting, bar, bar.add_task("posting", total=len(rows)))
                seconds = time.perf_counter() - started
                reading = [_read(session, comment_id) for comment_id in ids]
                stored = await _gather(reading, bar, bar.add_task("reading back", total=len(rows)))
    except aiohttp.ClientError as error:
        raise LoadTestError(f"{url}: {error}") from None
    pairs = [
        (record["sentiment"], label)
        for record, (text, label) in zip(stored, rows, strict=True)
        if record["original_comment"] == text
    ]
    return Accuracy(
        posted=len(rows),
        stored=len(pairs),
        right=sum(answer == label for answer, label in pairs),
        neutral=sum(answer == "neutral" != label for answer, label in pairs),
        seconds=seconds,
    )


def read(file: Path) -> list[tuple[str, str]]:
    """The texts and labels of a CSV file.

    Raises:
        LoadTestError: a column is missing, a label unknown, the file empty or not UTF-8.
    """
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            if not {"text", "label"} <= set(reader.fieldnames or ()):
                raise LoadTestError(f"{file}: expected the columns text and label")
            rows = [(row["text"], LABELS.get(row["label"], row["label"])) for row in reader]
    except UnicodeDecodeError:
        raise LoadTestError(f"{file}: not UTF-8") from None
    if unknown := {label for _, label in rows} - {"negative", "neutral", "positive"}:
        raise LoadTestError(f"{file}: unknown label {min(map(repr, unknown))}")
    if not rows:
        raise LoadTestError(f"{file}: no rows")
    return rows


async def _post(session: aiohttp.ClientSession, text: str) -> str:
    async with session.post("comments", json={"comment": text}) as response:
        if response.status != HTTPStatus.CREATED:
            raise LoadTestError(f"a comment got status {response.status}: {await response.text()}")
        comment_id: str = (await response.json())["comment_id"]
        return comment_id


async def _read(session: aiohttp.ClientSession, comment_id: str) -> dict[str, str]:
    async with session.get(f"comments/{comment_id}") as response:
        if response.status != HTTPStatus.OK:
            raise LoadTestError(f"comment {comment_id} got status {response.status}")
        record: dict[str, str] = await response.json()
        return record


async def _gather(requests: list[Coroutine[None, None, T]], bar: Progress, task: TaskID) -> list[T]:
    async def advance(request: Coroutine[None, None, T]) -> T:
        result = await request
        bar.advance(task)
        return result

    # The session's connector lets only its limit run at once.
    return await asyncio.gather(*map(advance, requests))
