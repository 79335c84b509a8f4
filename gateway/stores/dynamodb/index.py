"""Listings and counts by the table's index in order of time.

One partition key takes about 1,000 writes a second, so records are spread over `SHARDS` keys by
their id; a listing queries all of them at once and merges. It is eventually consistent, as
DynamoDB's secondary indexes are.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple, TypeVar

from gateway import metrics, tracing
from gateway.ledger.cursor import Position
from gateway.ledger.filters import EVERYTHING, Filter, Period
from gateway.ledger.statistics import PREFIXES, By, Count
from gateway.ledger.store import Listing
from gateway.records import Confidence, Record, Sentiment
from gateway.retries import Backoff, RetryBudget
from gateway.stores.dynamodb.client import Client, Json, TransientError
from gateway.stores.dynamodb.items import INDEX, POSITION, SHARD, SHARDS, TTL, unpack

# Of a filtered listing, by shard. A record has up to 20 KB, and an answer ends at 1 MB.
MAX_QUERIES = 4
MIN_ITEMS = 50
COUNTED = "sentiment, confidence, model, correction.sentiment"

# The fields of a `Count` before the number.
Answers = tuple[str, Sentiment, Confidence, str, Sentiment | None]

T = TypeVar("T")


class Retries:
    """Retries reads, and writes that may be made twice, when DynamoDB throttles or does not
    answer."""

    def __init__(self, seconds: float) -> None:
        """
        Args:
            seconds: how long a call is retried.
        """
        self._seconds = seconds
        self._budget = RetryBudget()

    async def call(self, call: Callable[[], Awaitable[T]]) -> T:
        """Retry the call while there is time and budget. Without a budget a listing, which is many
        calls, would make an outage worse."""
        backoff = Backoff(self._seconds)
        self._budget.earn()
        while True:
            try:
                return await call()
            except TransientError as error:
                if not (self._budget.spend() and await backoff.pause()):
                    raise
                metrics.STORE_RETRIES.labels(metrics.outcome_of(error)).inc()
                tracing.count("valence.retries")


class _Part(NamedTuple):
    """What one shard gave of a listing."""

    records: list[Record]
    reached: Position | None
    """The last record that was read; None if there are no more."""


class Index:
    """The index of a table."""

    def __init__(self, client: Client, table: str, retries: Retries) -> None:
        self._client = client
        self._table = table
        self._retries = retries

    async def check(self) -> None:
        """Read from the index once.

        Raises:
            InvalidCallError: the table has no such index.
            StoreUnavailableError: DynamoDB does not answer.
        """
        await self._client.call("Query", {**self._query("0", None, EVERYTHING), "Limit": 1})

    async def newest(self, limit: int, before: Position | None, where: Filter) -> Listing:
        """See `gateway.ledger.store.Store.newest`."""
        if before and str(before) < (where.period.since or ""):
            return Listing([], None)  # DynamoDB refuses a range that ends before it begins
        parts = await asyncio.gather(
            *(self._part(f"{shard:x}", limit + 1, before, where) for shard in range(SHARDS))
        )
        # Records older than where an unfinished shard stopped may follow newer ones of that shard.
        reached = max((part.reached for part in parts if part.reached), default=None)
        merged = heapq.merge(*(part.records for part in parts), key=Position.of, reverse=True)
        records = [record for record in merged if reached is None or Position.of(record) >= reached]
        if len(records) > limit:
            return Listing(records[:limit], Position.of(records[limit - 1]))
        return Listing(records, reached)

    async def count(self, period: Period, by: By) -> list[Count]:
        """See `gateway.ledger.store.Store.count`."""
        parts = await asyncio.gather(
            *(self._count_shard(f"{shard:x}", period, by) for shard in range(SHARDS))
        )
        total = sum(parts, Counter[Answers]())
        return [Count(*answer, records) for answer, records in total.items()]

    async def _part(self, shard: str, limit: int, before: Position | None, where: Filter) -> _Part:
        query = self._query(shard, before, where)
        query["ScanIndexForward"] = False
        unfiltered = where == EVERYTHING
        query["Limit"] = limit if unfiltered else max(limit, MIN_ITEMS)
        records: list[Record] = []
        queries = 0
        async for answer in self._answers(query):
            records += [unpack(item).record for item in answer.get("Items", [])]
            queries += 1
            last = answer.get("LastEvaluatedKey")
            if len(records) >= limit:
                # More than enough: the rest is read again by the next page.
                return _Part(records[:limit], Position.of(records[limit - 1]))
            if last and not unfiltered and queries == MAX_QUERIES:
                return _Part(records, Position(*last[POSITION]["S"].split("#")))
        return _Part(records, None)

    async def _count_shard(self, shard: str, period: Period, by: By) -> Counter[Answers]:
        query = self._query(shard, None, Filter(period=period))
        query["ProjectionExpression"] = f"{POSITION}, {COUNTED}"
        counter = Counter[Answers]()
        async for answer in self._answers(query):
            for item in answer.get("Items", []):
                sentiment, confidence, model = (
                    item[name]["S"] for name in ("sentiment", "confidence", "model")
                )
                corrected = "correction" in item
                correction = item["correction"]["M"]["sentiment"]["S"] if corrected else None
                start = item[POSITION]["S"][: PREFIXES[by]]
                counter[start, sentiment, confidence, model, correction] += 1
        return counter

    async def _answers(self, query: Json) -> AsyncIterator[Json]:
        """The answers to a query and to its continuations."""
        while True:
            answer = await self._retries.call(lambda: self._client.call("Query", {**query}))
            yield answer
            if "LastEvaluatedKey" not in answer:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _query(self, shard: str, before: Position | None, where: Filter) -> Json:
        """The query of the records of a filter in a shard, older than `before`."""
        values = {":shard": {"S": shard}, ":now": {"N": str(int(time.time()))}}
        keys = f"{SHARD} = :shard"
        # Timestamps sort before the positions that begin with them.
        bounds = [_before(before)] if before else []
        bounds += [where.period.until] if where.period.until else []
        since = where.period.since
        # A key may have one condition. BETWEEN includes both ends; no position is `until` itself.
        if bounds and since:
            keys += f" AND {POSITION} BETWEEN :since AND :last"
        elif bounds:
            keys += f" AND {POSITION} <= :last"
        elif since:
            keys += f" AND {POSITION} >= :since"
        if since:
            values[":since"] = {"S": since}
        if bounds:
            values[":last"] = {"S": min(bounds)}
        conditions = [f"(attribute_not_exists({TTL}) OR {TTL} > :now)"]
        for name in ("sentiment", "confidence", "model"):
            if value := getattr(where, name):
                conditions.append(f"{name} = :{name}")
                values[f":{name}"] = {"S": value}
        if where.corrected is not None:
            function = "attribute_exists" if where.corrected else "attribute_not_exists"
            conditions.append(f"{function}(correction)")
        return {
            "TableName": self._table,
            "IndexName": INDEX,
            "KeyConditionExpression": keys,
            "FilterExpression": " AND ".join(conditions),
            "ExpressionAttributeValues": values,
        }


def _before(position: Position) -> str:
    """A key with nothing between it and the position's, as all have the same length."""
    key = str(position)
    return key[:-1] + chr(ord(key[-1]) - 1)
