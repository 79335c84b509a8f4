from __future__ import annotations

import json

import msgspec
import pytest
from aiohttp import web

from gateway.records import Correction
from gateway.stores.dynamodb.client import Client
from gateway.stores.dynamodb.items import pack, pack_correction
from gateway.stores.dynamodb.store import DynamoDBStore
from tests.support.dynamodb_server import Server
from tests.support.records import an_entry

CORRECTION = Correction("negative", "irony", "moderation", "2025-10-26T08:00:00.000Z")


@pytest.mark.parametrize("is_made", [False, True])
async def test_a_correction_is_tried_again(server: Server, client: Client, is_made: bool) -> None:
    """It is throttled, or made, but its answer is lost."""
    entry = an_entry("Great, it broke.")
    corrected = msgspec.structs.replace(entry.record, correction=CORRECTION)
    updates = 0

    def answer() -> web.Response:
        nonlocal updates
        request, _ = server.requests[-1]
        if request.headers["X-Amz-Target"].endswith("GetItem"):
            item = pack(entry)
            if is_made and updates:
                item["correction"] = pack_correction(CORRECTION)
            return web.json_response({"Item": item})
        updates += 1
        error = None
        if updates == 1:
            error = "InternalServerError" if is_made else "ThrottlingException"
        elif is_made:
            error = "ConditionalCheckFailedException"
        text = json.dumps({"__type": f"x#{error}"} if error else {})
        return web.Response(status=400 if error else 200, text=text)

    server.answer = answer
    store = DynamoDBStore(client, "comments", retry_seconds=30)
    assert await store.correct(entry.record.comment_id, CORRECTION) == (corrected, True)
    assert updates == 2
