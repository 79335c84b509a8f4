"""A ledger with many records, written into SQLite directly: by HTTP it would take much longer."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import uuid_utils
from rich.progress import Progress

from gateway.records import Confidence, Correction, Entry, Record, Sentiment, timestamp
from gateway.stores.sqlite import schema
from gateway.stores.sqlite.store import CORRECT, INSERT
from loadtest.errors import LoadTestError

DAYS = 30
MODELS = (f"sha256:{'0a' * 32}", f"sha256:{'1b' * 32}")
"""One model answered in the first half of the days, one in the second."""
CORRECTED_SHARE = 0.01
SENTIMENTS: dict[Sentiment, float] = {"positive": 0.45, "neutral": 0.3, "negative": 0.25}
CONFIDENCES: dict[Confidence, float] = {"high": 0.5, "medium": 0.3, "low": 0.2}
CHUNK = 20_000
SEED = 1


def fill(path: Path, records: int, texts: Sequence[str], progress: Progress) -> None:
    """Write records of the last 30 days, evenly spread, with the texts in turn.

    Args:
        path: a new file.
        records: their number.
        texts: of the comments.
        progress: shows how far it is.

    Raises:
        LoadTestError: the file exists, or cannot be written.
    """
    if path.exists():
        raise LoadTestError(f"{path}: there is a file already")
    task = progress.add_task(f"writing {records:,} records", total=records)
    rng = random.Random(SEED)  # noqa: S311
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        schema.create(connection)
        # Nothing is lost if the machine fails: the file is made again.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -1000000")
        entries = _entries(records, texts, rng)
        while chunk := list(itertools.islice(entries, CHUNK)):
            connection.execute("BEGIN")
            connection.executemany(INSERT, map(schema.row_of, chunk))
            connection.executemany(CORRECT, _corrections(chunk, rng))
            connection.execute("COMMIT")
            progress.advance(task, len(chunk))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise LoadTestError(f"{path}: {error}") from None
    finally:
        connection.close()
        progress.remove_task(task)


def _entries(records: int, texts: Sequence[str], rng: random.Random) -> Iterator[Entry]:
    end = dt.datetime.now(dt.UTC)
    start = end - dt.timedelta(days=DAYS)
    sentiments, confidences = [*SENTIMENTS], [*CONFIDENCES]
    sentiment_weights, confidence_weights = [*SENTIMENTS.values()], [*CONFIDENCES.values()]
    for number, text in zip(range(records), itertools.cycle(texts), strict=False):
        moment = start + (end - start) * (number / records)
        yield Entry(
            Record(
                comment_id=str(uuid_utils.uuid7(nanoseconds=int(moment.timestamp() * 1e9))),
                timestamp=timestamp(moment),
                original_comment=f"{text} {number}",
                sentiment=rng.choices(sentiments, sentiment_weights)[0],
                score=f"{rng.uniform(0.34, 1):.4f}",
                confidence=rng.choices(confidences, confidence_weights)[0],
                model=MODELS[number >= records // 2],
            )
        )


def _corrections(entries: Sequence[Entry], rng: random.Random) -> Iterator[tuple[str, str]]:
    """The parameters of the statements that correct a share of the entries."""
    for entry in entries:
        if rng.random() < CORRECTED_SHARE:
            correction = Correction(rng.choice([*SENTIMENTS]), "", "tests", entry.record.timestamp)
            yield msgspec.json.encode(correction).decode(), entry.record.comment_id
