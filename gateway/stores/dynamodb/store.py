"""The store for more than one machine: a DynamoDB table.

Listings and counts read an index (`gateway.stores.dynamodb.index`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from gateway import metrics, tracing
from gateway.errors import StoreThrottledError, StoreUnavailableError, UnavailableError
from gateway.ledger.cursor import Position
from gateway.ledger.filters import EVERYTHING, Filter, Period
from gateway.ledger.statistics import By, Count
from gateway.ledger.store import Corrected, Listing, RecordRefusedError
from gateway.records import Correction, Entry, Record, is_same, with_correction
from gateway.retries import Backoff
from gateway.stores.dynamodb.check import Check
from gateway.stores.dynamodb.client import (
    NO_TABLE,
    Client,
    ConditionFailedError,
    InvalidCallError,
    Json,
    TransientError,
)
from gateway.stores.dynamodb.index import Index, Retries
from gateway.stores.dynamodb.items import TTL, pack, pack_correction, unpack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import (
        BatchStatementRequestTypeDef,
        BatchStatementResponseTypeDef,
    )

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


class DynamoDBStore:
    """Conditional inserts by PartiQL: 25 per call, each with its own result."""

    max_batch = 25  # the limit of BatchExecuteStatement
    max_calls = 4  # more calls would only be smaller; a call costs as much as ten inserts

    def __init__(self, client: Client, table: str, *, retry_seconds: float) -> None:
        """
        Args:
            client: of DynamoDB.
            table: its name; `gateway.stores.dynamodb.table.create` creates it.
            retry_seconds: how long calls that DynamoDB throttles, or does not answer, are retried.
        """
        self._client = client
        self._table = table
        self._retry_seconds = retry_seconds
        self._retries = Retries(retry_seconds)
        self._index = Index(client, table, self._retries)
        self._check = Check(client, table, self._index)

    async def insert(self, entries: Sequence[Entry]) -> list[Entry | Exception]:
        outcomes: list[Entry | Exception] = list(entries)
        # DynamoDB accepts an id once per call; its duplicates in the batch share the outcome.
        first = {entry.record.comment_id: i for i, entry in reversed([*enumerate(entries)])}
        waiting = sorted(first.values())
        backoff = Backoff(self._retry_seconds)
        while True:
            failure: StoreUnavailableError = StoreThrottledError("DynamoDB throttles the gateway")
            try:
                answers = await self._execute([entries[index] for index in waiting])
            except TransientError as error:
                # Some inserts may have been made; they are duplicates the next time.
                failure = error
            else:
                waiting = await self._read_answers(entries, waiting, answers, outcomes)
            if not waiting or not await backoff.pause():
                break
            metrics.STORE_RETRIES.labels(metrics.outcome_of(failure)).inc()
            tracing.count("valence.retries")
        for index in waiting:
            outcomes[index] = failure
        return [outcomes[first[entry.record.comment_id]] for entry in entries]

    async def get(self, comment_id: str) -> Record | None:
        entry = await self._retries.call(lambda: self._get(comment_id))
        return None if entry is None or entry.expired(time.time()) else entry.record

    async def newest(
        self, limit: int, before: Position | None = None, where: Filter = EVERYTHING
    ) -> Listing:
        return await self._index.newest(limit, before, where)

    async def count(self, period: Period, by: By) -> list[Count]:
        return await self._index.count(period, by)

    async def correct(self, comment_id: str, correction: Correction | None) -> Corrected | None:
        has_tried = False
        while True:
            # Reading first tells whether anything changes; the condition below whether it still
            # does.
            entry = await self._retries.call(lambda: self._get(comment_id))
            if entry is None or entry.expired(time.time()):
                return None
            present = entry.record.correction
            if is_same(present, correction):
                # This one, perhaps, if the answer to its update was lost.
                return Corrected(entry.record, has_tried and present in (correction, msgspec.UNSET))
            change = self._correction_change(present, correction)
            has_tried = True
            update = {**self._key(comment_id), **change}
            try:
                await self._retries.call(partial(self._client.call, "UpdateItem", update))
            except ConditionFailedError:
                continue  # another writer was faster, or the answer to this one was lost
            return Corrected(with_correction(entry.record, correction), True)

    async def delete(self, comment_id: str) -> bool:
        # No retry: if the answer of the first call was lost, the second one would find no record.
        parameters = {**self._key(comment_id), "ReturnValues": "ALL_OLD"}
        response = await self._client.call("DeleteItem", parameters)
        old = response.get("Attributes")
        return old is not None and not unpack(old).expired(time.time())

    async def check(self) -> None:
        await self._check()

    async def close(self) -> None:
        await self._client.close()

    async def _get(self, comment_id: str) -> Entry | None:
        parameters = {**self._key(comment_id), "ConsistentRead": True}
        item = (await self._client.call("GetItem", parameters)).get("Item")
        return unpack(item) if item else None

    async def _execute(self, entries: Sequence[Entry]) -> list[BatchStatementResponseTypeDef]:
        statements = [self._insert_statement(entry) for entry in entries]
        try:
            answer = await self._client.call("BatchExecuteStatement", {"Statements": statements})
        except InvalidCallError:
            # One bad statement fails the whole call: find it by halving.
            if len(entries) == 1:
                return [{"Error": {"Code": "ValidationError"}}]
            half = len(entries) // 2
            return [
                *await self._execute(entries[:half]),
                *await self._execute(entries[half:]),
            ]
        responses: list[BatchStatementResponseTypeDef] = answer.get("Responses", [])
        if len(responses) != len(entries):
            raise TransientError("DynamoDB's answer cannot be decoded")
        return responses

    async def _read_answers(
        self,
        entries: Sequence[Entry],
        indices: Sequence[int],
        answers: Sequence[BatchStatementResponseTypeDef],
        outcomes: list[Entry | Exception],
    ) -> list[int]:
        """Fill in the outcomes; return the indices of entries to retry."""
        retries: list[int] = []
        duplicates: list[int] = []
        for index, answer in zip(indices, answers, strict=True):
            code = answer.get("Error", {}).get("Code")
            if code == "DuplicateItem":
                duplicates.append(index)
            elif code == "ValidationError":
                outcomes[index] = RecordRefusedError()
            elif code in TRANSIENT:
                retries.append(index)
            elif code == "ResourceNotFound":
                outcomes[index] = StoreUnavailableError(NO_TABLE)
            elif code:
                outcomes[index] = StoreUnavailableError(f"DynamoDB refused the record: {code}")
        winners = await asyncio.gather(
            *(self._winner(entries[index]) for index in duplicates), return_exceptions=True
        )
        for index, winner in zip(duplicates, winners, strict=True):
            if isinstance(winner, TransientError):
                retries.append(index)
            elif isinstance(winner, BaseException) and not isinstance(winner, Exception):
                raise winner
            else:
                outcomes[index] = winner
        return retries

    def _insert_statement(self, entry: Entry) -> BatchStatementRequestTypeDef:
        item = pack(entry)
        names = ", ".join(f"'{name}': ?" for name in item)
        return {
            "Statement": f'INSERT INTO "{self._table}" VALUE {{{names}}}',
            "Parameters": list(item.values()),
        }

    async def _winner(self, entry: Entry) -> Entry | Exception:
        """The entry that holds the id of one that was refused as a duplicate."""
        stored = await self._get(entry.record.comment_id)
        now = time.time()
        if stored and not stored.expired(now):
            return stored
        # It has expired, or was deleted meanwhile. DynamoDB removes expired items days later.
        try:
            await self._client.call(
                "PutItem",
                {
                    "TableName": self._table,
                    "Item": pack(entry),
                    "ConditionExpression": f"attribute_not_exists(comment_id) OR {TTL} <= :now",
                    "ExpressionAttributeValues": {":now": {"N": str(int(now))}},
                },
            )
        except ConditionFailedError:
            # No sign of an outage.
            return UnavailableError("another comment with this id was stored meanwhile")
        return entry

    def _correction_change(
        self, present: Correction | msgspec.UnsetType, correction: Correction | None
    ) -> Json:
        """The update of a record that still has the present correction."""
        values: Json = {}
        condition = "attribute_exists(comment_id) AND attribute_not_exists(correction)"
        if not isinstance(present, msgspec.UnsetType):
            values[":present"] = pack_correction(present)
            condition = "correction = :present"
        if correction:
            values[":correction"] = pack_correction(correction)
        return {
            "UpdateExpression": "SET correction = :correction"
            if correction
            else "REMOVE correction",
            "ConditionExpression": condition,
            **({"ExpressionAttributeValues": values} if values else {}),
        }

    def _key(self, comment_id: str) -> Json:
        return {"TableName": self._table, "Key": {"comment_id": {"S": comment_id}}}
