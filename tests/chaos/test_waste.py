"""Work that nobody waits for is not started; accepted work is finished, despite poison."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from processes import listens
from tests.support.bad_bento import BadBento, bad_bento
from tests.support.client import Client
from tests.support.gateways import Gateway
from tests.support.ledger import sqlite_records
from tests.support.until import until

QUEUED = 40
POISON = "arsenic"
# Longer than any test waits.
NEVER_SECONDS = 120


@pytest.fixture
async def bento() -> AsyncIterator[BadBento]:
    async with bad_bento() as bento:
        yield bento


def some(word: str) -> list[str]:
    return [f"{word} {number}" for number in range(QUEUED)]


def answered(status: int, count: int) -> str:
    labels = f'method="POST",route="/comments",status="{status}"'
    return f"valence_gateway_request_duration_seconds_count{{{labels}}} {float(count)}"


def stored(path: Path) -> list[str]:
    return sorted(record["original_comment"] for record in sqlite_records(path))


async def test_a_comment_whose_client_gave_up_never_reaches_the_model(
    bento: BadBento, tmp_path: Path
) -> None:
    path = tmp_path / "comments.db"
    with Gateway(
        bento.url,
        GATEWAY_SQLITE_PATH=path,
        GATEWAY_MODEL_CALL_SECONDS=NEVER_SECONDS,
        GATEWAY_REQUEST_SECONDS=NEVER_SECONDS,
        GATEWAY_MAX_QUEUE_SECONDS=NEVER_SECONDS,
    ) as gateway:
        async with Client(gateway) as client:
            tasks = await client.hold(bento, "first", *some("kept"), *some("gone"))
            gone = tasks[-QUEUED:]
            for task in gone:
                task.cancel()
            await asyncio.gather(*gone, return_exceptions=True)
            await client.see(answered(400, QUEUED))
            bento.open.set()
            assert await asyncio.gather(*tasks[:-QUEUED]) == [201] * (1 + QUEUED)
    assert sorted(bento.texts) == stored(path) == sorted(["first", *some("kept")])


async def test_a_comment_past_its_deadline_never_reaches_the_model(
    bento: BadBento, tmp_path: Path
) -> None:
    path = tmp_path / "comments.db"
    with Gateway(
        bento.url,
        GATEWAY_SQLITE_PATH=path,
        GATEWAY_MODEL_CALL_SECONDS=NEVER_SECONDS,
        GATEWAY_REQUEST_SECONDS=2,
        GATEWAY_MAX_QUEUE_SECONDS=NEVER_SECONDS,
    ) as gateway:
        async with Client(gateway) as client:
            started = time.monotonic()
            tasks = await client.hold(bento, "first", *some("late"))
            assert await asyncio.gather(*tasks) == [504] * (1 + QUEUED)
            assert time.monotonic() - started >= 2
            bento.open.set()
            assert await asyncio.gather(*client.post("after")) == [201]
    assert bento.texts == ["first", "after"]
    assert stored(path) == ["after"]


async def test_accepted_comments_are_finished_on_sigterm(bento: BadBento, tmp_path: Path) -> None:
    path = tmp_path / "comments.db"
    with Gateway(
        bento.url,
        GATEWAY_SQLITE_PATH=path,
        GATEWAY_MODEL_CALL_SECONDS=NEVER_SECONDS,
        GATEWAY_REQUEST_SECONDS=NEVER_SECONDS,
    ) as gateway:
        async with Client(gateway) as client:
            tasks = await client.hold(bento, "first", *some("queued"))
            os.kill(gateway.process.pid, signal.SIGTERM)
            await until(lambda: refuses(gateway.url), seconds=30)
            bento.open.set()
            assert await asyncio.gather(*tasks) == [201] * (1 + QUEUED)
            await until(lambda: gateway.process.exit_code is not None, seconds=30)
    assert gateway.process.exit_code == 0
    assert stored(path) == sorted(["first", *some("queued")])


async def test_repeated_poison_does_not_harm_its_batch(bento: BadBento, tmp_path: Path) -> None:
    path = tmp_path / "comments.db"
    bento.poison = POISON
    good: Sequence[str] = some("good")
    with Gateway(
        bento.url, GATEWAY_SQLITE_PATH=path, GATEWAY_MAX_QUEUE_SECONDS=NEVER_SECONDS
    ) as gateway:
        async with Client(gateway) as client:
            rounds = 8
            for _ in range(rounds):
                texts = ["first", *good[:11], POISON, *good[11:30], POISON, *good[30:]]
                statuses = await asyncio.gather(*await released(client, bento, texts))
                expected = [503 if text == POISON else 201 for text in texts]
                assert statuses == expected
    assert stored(path) == sorted(rounds * ["first", *good])


async def released(client: Client, bento: BadBento, texts: list[str]) -> list[asyncio.Task[int]]:
    tasks = await client.hold(bento, *texts)
    bento.open.set()
    return tasks


def refuses(url: str) -> bool:
    """Whether nothing listens there any more."""
    host, _, port = url.removeprefix("http://").partition(":")
    return not listens(int(port), host)
