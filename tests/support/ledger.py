"""Clients that remember their acknowledged comments, and the records that a store holds."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

import aiohttp

from gateway.records import ANSWERED
from gateway.stores.dynamodb import client as aws

# Longer than the gateway's own timeout of a request.
TIMEOUT_SECONDS = 15.0

Fields = dict[str, str]


@dataclass
class Ledger:
    """The comments that clients posted, and the answers that they got."""

    posted: int = 0
    requests: int = 0
    """More than posted: a client with a key retries comments that failed."""
    acknowledged: list[Fields] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    """Answers other than 200 and 201, by status; 0 is no answer."""
    keyed: set[str] = field(default_factory=set)
    """The comments that were posted with a key."""
    corrected: dict[str, set[str]] = field(default_factory=dict)
    """The notes of the acknowledged corrections, by the record's id."""
    unsure: set[str] = field(default_factory=set)
    """Records whose correction was not acknowledged: it may stand or not."""

    async def client(self, url: str, rng: random.Random, stop: asyncio.Event) -> None:
        """Post one comment after the other, half of them with a key, until `stop`."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while not stop.is_set():
                name = uuid.UUID(int=rng.getrandbits(128))
                text, chance = f"I like number {name} a lot.", rng.random()
                if chance < 0.2:
                    await self.post_batch(session, url, [f"{text} {n}" for n in range(5)])
                else:
                    await self.post(session, url, text, str(name) if chance < 0.6 else None)
                if chance > 0.9 and self.acknowledged:
                    await self.correct(session, url, rng.choice(self.acknowledged))

    async def post(
        self, session: aiohttp.ClientSession, url: str, comment: str, key: str | None
    ) -> None:
        """Post a comment: with a key until it is acknowledged, otherwise once."""
        self.posted += 1
        if key:
            self.keyed.add(comment)
        while not await self._try(session, url, comment, key) and key:  # noqa: ASYNC110
            await asyncio.sleep(0.1)  # as a polite client does

    async def post_batch(
        self, session: aiohttp.ClientSession, url: str, comments: list[str]
    ) -> None:
        """Post comments together, with keys, until all are acknowledged."""
        self.posted += len(comments)
        self.keyed.update(comments)
        waiting = comments
        while waiting:
            body = [{"comment": text, "idempotency_key": text} for text in waiting]
            self.requests += len(waiting)
            status, answer = await _call(
                session, "POST", f"{url}/comments/batch", {"comments": body}
            )
            failed = []
            outcomes = (
                answer["outcomes"] if status == HTTPStatus.OK else [{"status": 0}] * len(body)
            )
            for text, outcome in zip(waiting, outcomes, strict=True):
                if outcome["status"] in {200, 201}:
                    self.acknowledged.append(outcome["record"])
                else:
                    self.refused[outcome["status"] or status] += 1
                    failed.append(text)
            waiting = failed
            if waiting:
                await asyncio.sleep(0.1)

    async def correct(self, session: aiohttp.ClientSession, url: str, record: Fields) -> None:
        """Correct a record once."""
        path = f"{url}/comments/{record['comment_id']}/correction"
        note = f"note {len(self.corrected)}"
        status, answer = await _call(session, "PUT", path, {"sentiment": "neutral", "note": note})
        if status == HTTPStatus.OK:
            # Of two corrections at once either may stand.
            self.corrected.setdefault(record["comment_id"], set()).add(answer["correction"]["note"])
        else:
            self.unsure.add(record["comment_id"])

    async def _try(
        self, session: aiohttp.ClientSession, url: str, comment: str, key: str | None
    ) -> bool:
        self.requests += 1
        headers = {"Idempotency-Key": key} if key else {}
        status = 0
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with session.post(
                f"{url}/comments", json={"comment": comment}, headers=headers
            ) as response:
                record = await response.json(content_type=None)
                status = response.status
                if status in {200, 201}:
                    self.acknowledged.append(answered(record))
                    return True
        self.refused[status] += 1
        return False

    def compare(self, stored: list[Fields]) -> Comparison:
        """Compare the answers with the records of the store."""
        by_id = {record["comment_id"]: record for record in stored}
        copies = Counter(record["original_comment"] for record in stored)
        return Comparison(
            posted=self.posted,
            requests=self.requests,
            acknowledged=len(self.acknowledged),
            stored=len(stored),
            lost=sum(
                answered(by_id.get(record["comment_id"], {})) != answered(record)
                for record in self.acknowledged
            ),
            corrected=len(self.corrected),
            corrections_lost=sum(
                by_id.get(comment_id, {}).get("note") not in notes
                for comment_id, notes in self.corrected.items()
                if comment_id not in self.unsure
            ),
            twice=sum(count > 1 for count in copies.values()),
            keyed=len(self.keyed),
            keyed_stored=sum(copies[comment] for comment in self.keyed),
        )


def answered(record: Fields) -> Fields:
    """What was written with the record."""
    return {name: value for name, value in record.items() if name in ANSWERED}


async def _call(
    session: aiohttp.ClientSession, method: str, url: str, body: object
) -> tuple[int, Any]:
    """The status and the document of an answer; 0 if there is none."""
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        async with session.request(method, url, json=body) as response:
            return response.status, await response.json(content_type=None)
    return 0, None


@dataclass(frozen=True)
class Comparison:
    """The answers that clients got against the records of the store."""

    posted: int
    requests: int
    acknowledged: int
    stored: int
    lost: int
    """Acknowledged, but not stored with the same fields."""
    corrected: int
    corrections_lost: int
    twice: int
    """Comments with more than one record."""
    keyed: int
    keyed_stored: int

    def check(self) -> Self:
        assert self.acknowledged > 0, self
        assert (self.lost, self.corrections_lost, self.twice) == (0, 0, 0), self
        assert self.keyed_stored == self.keyed, self
        return self


@contextlib.asynccontextmanager
async def clients(ledger: Ledger, url: str, count: int, seed: int) -> AsyncIterator[None]:
    """Run clients while the context lasts; when it ends, all have finished."""
    stop = asyncio.Event()
    tasks = [
        asyncio.create_task(ledger.client(url, random.Random(f"{seed}-{number}"), stop))  # noqa: S311
        for number in range(count)
    ]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


def sqlite_records(path: Path) -> list[Fields]:
    """All records of a SQLite file, read without the gateway."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        note = "correction ->> 'note'"
        rows = connection.execute(f"SELECT {', '.join(ANSWERED)}, {note} FROM comments")  # noqa: S608
        return [dict(zip((*ANSWERED, "note"), row, strict=True)) for row in rows]


def dynamodb_records(table: str) -> list[Fields]:
    """All records of a DynamoDB table, read without the gateway."""
    client = aws.connect()
    try:
        pages: Any = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return [
            {name: item[name]["S"] for name in ANSWERED}
            | {"note": item["correction"]["M"]["note"]["S"] if "correction" in item else ""}
            for page in pages
            for item in page["Items"]
        ]
    finally:
        client.close()
