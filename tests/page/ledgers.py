"""Gateways whose stores are filled before the page is opened."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import msgspec

from gateway.records import Confidence, Entry, Sentiment, timestamp
from gateway.stores.sqlite.store import SQLiteStore
from tests.support.gateways import Gateway
from tests.support.records import a_record, insert_all

Answer = tuple[Sentiment, Confidence]


def entries(answers: Iterable[Answer], over: dt.timedelta) -> list[Entry]:
    """Records with these answers, the newest first, spread evenly over the time until now."""
    answers = list(answers)
    step = over / len(answers)
    now = dt.datetime.now(dt.UTC)
    return [
        Entry(
            msgspec.structs.replace(
                a_record(f"comment {number}", timestamp=timestamp(now - number * step)),
                sentiment=sentiment,
                confidence=confidence,
            )
        )
        for number, (sentiment, confidence) in enumerate(answers)
    ]


def cycle(count: int) -> list[Answer]:
    """All answers in turn."""
    sentiments: list[Sentiment] = ["positive", "negative", "neutral"]
    confidences: list[Confidence] = ["high", "medium", "low"]
    return list(
        itertools.islice(itertools.cycle(itertools.product(sentiments, confidences)), count)
    )


@contextmanager
def gateway_with(
    bento_url: str, folder: Path, filled: list[Entry], token_lines: str = ""
) -> Iterator[Gateway]:
    path = folder / "comments.db"

    async def fill() -> None:
        store = SQLiteStore(path)
        await insert_all(store, filled)
        await store.close()

    # The browser's event loop occupies this thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, fill()).result()
    with Gateway(bento_url, GATEWAY_SQLITE_PATH=path, GATEWAY_TOKENS=token_lines) as gateway:
        yield gateway
