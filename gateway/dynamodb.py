"""The store for more than one machine: a DynamoDB table.

Listing needs an index whose entries are in order of time. One partition key takes about 1,000
writes a second, so records spread over `SHARDS` keys by their id; a listing asks all of them at
once and merges. Pages are eventually consistent, as DynamoDB's secondary indexes are.
"""

from __future__ import annotations

import asyncio
import heapq
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import boto3
import msgspec
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from gateway.cursor import Position
from gateway.records import Record
from gateway.store import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        BatchStatementRequestTypeDef,
        BatchStatementResponseTypeDef,
    )

INDEX = "by_time"
SHARD = "list_shard"
POSITION = "list_position"
SHARDS = 16

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementError.html
TRANSIENT = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "ThrottlingError",
        "TransactionConflict",
    }
)
FIRST_BACKOFF_SECONDS = 0.05
LONGEST_BACKOFF_SECONDS = 1.0

T = TypeVar("T")


def connect(region: str | None = None) -> DynamoDBClient:
    """A client by boto3's own settings: `AWS_ENDPOINT_URL_DYNAMODB`, credentials, and so on.

    Raises:
        StoreUnavailable: a setting is missing or wrong.
    """
    config = Config(
        connect_timeout=1,
        read_timeout=2,
        retries={"mode": "standard", "max_attempts": 3},
        max_pool_connections=2 * SHARDS,
    )
    try:
        return boto3.client("dynamodb", region_name=region, config=config)
    except (BotoCoreError, ValueError) as error:
        raise StoreUnavailable(f"DynamoDB cannot be used: {error}") from error


class DynamoDBStore:
    """Conditional inserts by PartiQL, 25 a call, each answered on its own."""

    max_batch = 25  # what BatchExecuteStatement takes
    max_calls = 8

    def __init__(self, client: DynamoDBClient, table: str, *, retry_seconds: float) -> None:
        """
        Args:
            client: from `connect`.
            table: its name; `gateway.table.create` makes it.
            retry_seconds: how long an insert that DynamoDB throttles is tried again.
        """
        self._client = client
        self._table = table
        self._retry_seconds = retry_seconds
        names = [*Record.__struct_fields__, SHARD, POSITION]
        values = ", ".join(f"'{name}': ?" for name in names)
        self._insert_statement = f'INSERT INTO "{table}" VALUE {{{values}}}'
        self._threads = ThreadPoolExecutor(self.max_calls + SHARDS, "dynamodb")

    async def insert(self, records: Sequence[Record]) -> list[Record | Exception]:
        outcomes: list[Record | Exception] = list(records)
        waiting = list(range(len(records)))
        deadline = time.monotonic() + self._retry_seconds
        backoff = FIRST_BACKOFF_SECONDS
        while True:
            batch = [records[index] for index in waiting]
            throttled = []
            for index, answer in zip(waiting, await self._execute(batch), strict=True):
                code = answer.get("Error", {}).get("Code")
                if code == "DuplicateItem":
                    outcomes[index] = await self._winner(records[index])
                elif code in TRANSIENT:
                    throttled.append(index)
                elif code:
                    outcomes[index] = StoreUnavailable(f"DynamoDB refused the record: {code}")
            # Full jitter, https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter
            pause = random.uniform(0, backoff)  # noqa: S311
            if not throttled or time.monotonic() + pause > deadline:
                break
            await asyncio.sleep(pause)
            backoff = min(2 * backoff, LONGEST_BACKOFF_SECONDS)
            waiting = throttled
        for index in throttled:
            outcomes[index] = StoreUnavailable("DynamoDB throttles")
        return outcomes

    async def get(self, comment_id: str) -> Record | None:
        response = await self._call(
            lambda: self._client.get_item(
                TableName=self._table, Key={"comment_id": {"S": comment_id}}, ConsistentRead=True
            )
        )
        item = response.get("Item")
        return _record(item) if item else None

    async def newest(self, limit: int, before: Position | None = None) -> list[Record]:
        shards = [self._newest_of_shard(f"{shard:x}", limit, before) for shard in range(SHARDS)]
        merged = heapq.merge(*await asyncio.gather(*shards), key=Position.of, reverse=True)
        return list(merged)[:limit]

    async def check(self) -> None:
        await self.get("check")

    async def close(self) -> None:
        await asyncio.to_thread(self._threads.shutdown)
        self._client.close()

    async def _execute(self, records: Sequence[Record]) -> list[BatchStatementResponseTypeDef]:
        statements: list[BatchStatementRequestTypeDef] = [
            {"Statement": self._insert_statement, "Parameters": _parameters(record)}
            for record in records
        ]
        answer = await self._call(
            lambda: self._client.batch_execute_statement(Statements=statements)
        )
        return answer["Responses"]

    async def _winner(self, record: Record) -> Record | Exception:
        stored = await self.get(record.comment_id)
        return stored or StoreUnavailable("the record that had this id was deleted meanwhile")

    async def _newest_of_shard(
        self, shard: str, limit: int, before: Position | None
    ) -> list[Record]:
        condition = f"{SHARD} = :shard"
        values: dict[str, AttributeValueTypeDef] = {":shard": {"S": shard}}
        if before:
            condition += f" AND {POSITION} < :position"
            values[":position"] = {"S": str(before)}
        response = await self._call(
            lambda: self._client.query(
                TableName=self._table,
                IndexName=INDEX,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                ScanIndexForward=False,
                Limit=limit,
            )
        )
        return [_record(item) for item in response["Items"]]

    async def _call(self, call: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except (BotoCoreError, ClientError) as error:
            raise StoreUnavailable("DynamoDB does not do its part now") from error


def _parameters(record: Record) -> list[AttributeValueTypeDef]:
    shard = record.comment_id[0]  # a hexadecimal digit, evenly spread: one of SHARDS
    return [
        {"S": value}
        for value in (*msgspec.structs.astuple(record), shard, str(Position.of(record)))
    ]


def _record(item: dict[str, AttributeValueTypeDef]) -> Record:
    return Record(*(item[name]["S"] for name in Record.__struct_fields__))  # type: ignore[arg-type]
