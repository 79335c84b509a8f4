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
from pathlib import Path
from typing import Any, Self

import aiohttp

from gateway.records import Record
from gateway.stores.dynamodb import client as aws

# Longer than the gateway's own timeout of a request.
TIMEOUT_SECONDS = 15.0
FIELDS = Record.__struct_fields__

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

    async def client(self, url: str, rng: random.Random, stop: asyncio.Event) -> None:
        """Post one comment after the other, half of them with a key, until `stop`."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while not stop.is_set():
                name = uuid.UUID(int=rng.getrandbits(128))
                key = str(name) if rng.random() < 0.5 else None
                await self.post(session, url, f"I like number {name} a lot.", key)

    async def post(
        self, session: aiohttp.ClientSession, url: str, comment: str, key: str | None
    ) -> None:
        """Post a comment: with a key until it is acknowledged, otherwise once."""
        self.posted += 1
        if key:
            self.keyed.add(comment)
        while not await self._try(session, url, comment, key) and key:  # noqa: ASYNC110
            await asyncio.sleep(0.1)  # as a polite client does

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
                    self.acknowledged.append(record)
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
            lost=sum(by_id.get(record["comment_id"]) != record for record in self.acknowledged),
            twice=sum(count > 1 for count in copies.values()),
            keyed=len(self.keyed),
            keyed_stored=sum(copies[comment] for comment in self.keyed),
        )


@dataclass(frozen=True)
class Comparison:
    """The answers that clients got against the records of the store."""

    posted: int
    requests: int
    acknowledged: int
    stored: int
    lost: int
    """Acknowledged, but not stored with the same fields."""
    twice: int
    """Comments with more than one record."""
    keyed: int
    keyed_stored: int

    def check(self) -> Self:
        assert self.acknowledged > 0, self
        assert (self.lost, self.twice) == (0, 0), self
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
        rows = connection.execute(f"SELECT {', '.join(FIELDS)} FROM comments")  # noqa: S608
        return [dict(zip(FIELDS, row, strict=True)) for row in rows]


def dynamodb_records(table: str) -> list[Fields]:
    """All records of a DynamoDB table, read without the gateway."""
    client = aws.connect()
    try:
        pages: Any = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return [
            {name: item[name]["S"] for name in FIELDS} for page in pages for item in page["Items"]
        ]
    finally:
        client.close()
