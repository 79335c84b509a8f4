"""What the gateway asks of DynamoDB, recorded from calls to a real DynamoDB Local."""

from __future__ import annotations

import re
import uuid

from gateway.ledger.cursor import Position
from gateway.ledger.filters import Filter, Period
from gateway.stores.dynamodb import client as aws
from gateway.stores.dynamodb import table
from gateway.stores.dynamodb.client import Json
from gateway.stores.dynamodb.store import DynamoDBStore
from tests.support.records import CORRECTION, an_entry


async def used_by_the_gateway() -> set[tuple[str, str]]:
    """Pairs of an action and its target, recorded from the calls to a real DynamoDB Local."""
    name = f"comments-{uuid.uuid4()}"
    table.create(aws.connect(), name)  # on AWS this is not done by the gateway
    pairs: set[tuple[str, str]] = set()

    class Recorder(aws.Client):
        async def call(self, operation: str, parameters: Json) -> Json:
            if operation == "BatchExecuteStatement":
                for statement in parameters["Statements"]:
                    verb, into = re.findall(r'^(\w+) INTO "([^"]+)"', statement["Statement"])[0]
                    assert into == name
                    pairs.add((f"dynamodb:PartiQL{verb.capitalize()}", "table"))
            else:
                assert parameters["TableName"] == name
                pairs.add((f"dynamodb:{operation}", parameters.get("IndexName", "table")))
            return await super().call(operation, parameters)

    store = DynamoDBStore(Recorder(), name, retry_seconds=2)
    await store.check()
    first, expired = an_entry("first"), an_entry("expired", expires_at=1)
    await store.insert([first, expired])
    await store.insert([an_entry("again", comment_id=first.record.comment_id)])
    await store.insert([an_entry("anew", comment_id=expired.record.comment_id)])
    await store.get(first.record.comment_id)
    await store.newest(5)
    await store.newest(5, Position.of(first.record))
    await store.newest(5, None, Filter(sentiment="negative"))
    await store.count(Period("2025-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"), "day")
    await store.correct(first.record.comment_id, CORRECTION)
    await store.correct(first.record.comment_id, None)
    await store.delete(first.record.comment_id)
    await store.close()
    return pairs
