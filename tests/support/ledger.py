"""Clients that remember what was acknowledged to them, and what a store holds in the end."""

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

# Beyond what a request has in the gateway.
PATIENCE_SECONDS = 15.0
FIELDS = Record.__struct_fields__

Fields = dict[str, str]


@dataclass
class Ledger:
    """What clients posted and what they were told."""

    posted: int = 0
    requests: int = 0
    """More than posted: a client with a key repeats what was not answered or not taken."""
    acknowledged: list[Fields] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    """Answers that were neither 200 nor 201, by status; 0 is none at all."""
    keyed: set[str] = field(default_factory=set)
    """The comments that came with a key."""

    async def client(self, url: str, rng: random.Random, stop: asyncio.Event) -> None:
        """Post one comment after the other, half of them with a key, until `stop`."""
        timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while not stop.is_set():
                name = uuid.UUID(int=rng.getrandbits(128))
                key = str(name) if rng.random() < 0.5 else None
                await self.post(session, url, f"I like number {name} a lot.", key)

    async def post(
        self, session: aiohttp.ClientSession, url: str, comment: str, key: str | None
    ) -> None:
        """Post it: with a key until it is taken, else once."""
        self.posted += 1
        if key:
            self.keyed.add(comment)
        while not await self._try(session, url, comment, key) and key:  # noqa: ASYNC110
            await asyncio.sleep(0.1)  # as a polite client

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
    """What was told against what is there."""

    posted: int
    requests: int
    acknowledged: int
    stored: int
    lost: int
    """Acknowledged, and not stored just so."""
    twice: int
    """Comments of which there is more than one record."""
    keyed: int
    keyed_stored: int

    def check(self) -> Self:
        assert self.acknowledged > 0, self
        assert (self.lost, self.twice) == (0, 0), self
        assert self.keyed_stored == self.keyed, self
        return self


@contextlib.asynccontextmanager
async def clients(ledger: Ledger, url: str, count: int, seed: int) -> AsyncIterator[None]:
    """So many clients at once, while the context lasts; in the end all have finished."""
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
    """All there are, read around the gateway."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(f"SELECT {', '.join(FIELDS)} FROM comments")  # noqa: S608
        return [dict(zip(FIELDS, row, strict=True)) for row in rows]


def dynamodb_records(table: str) -> list[Fields]:
    """All there are, read around the gateway."""
    client = aws.connect()
    try:
        pages: Any = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return [
            {name: item[name]["S"] for name in FIELDS} for page in pages for item in page["Items"]
        ]
    finally:
        client.close()
