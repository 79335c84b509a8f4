"""The spans of calls to DynamoDB."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from gateway import tracing
from gateway.stores.dynamodb.client import Client, TransientError
from gateway.stores.dynamodb.store import DynamoDBStore
from tests.support.dynamodb_server import Server, assert_signed
from tests.support.otlp import Receiver
from tests.support.records import an_entry
from tests.support.traces import Sender

TYPE = "com.amazonaws.dynamodb.v20120810#"


@pytest.fixture
async def sender(traces: Receiver) -> AsyncIterator[Sender]:
    """A request of its is under way, and ends with the test."""
    assert traces
    sender = Sender()
    span = tracing.receive("GET", sender.headers["traceparent"], lambda: "", traced=True)
    assert span
    yield sender
    span.end()


async def test_a_call(server: Server, client: Client, sender: Sender, traces: Receiver) -> None:
    server.answer = lambda: web.json_response({}, headers={"x-amzn-RequestId": "AWS-1"})
    await client.call("GetItem", {"TableName": "comments", "Key": {}})
    tracing.stop()
    [call] = traces.spans()
    [(request, body)] = server.requests
    assert (call.name, call.kind) == ("DynamoDB.GetItem", "client")
    assert call.attributes == {
        "aws.dynamodb.table_names": ["comments"],
        "aws.request_id": "AWS-1",
        "db.operation.name": "GetItem",
        "db.system.name": "aws.dynamodb",
        "http.response.status_code": 200,
        "rpc.method": "DynamoDB/GetItem",
        "rpc.system.name": "aws-api",
        "server.address": request.url.host,
        "server.port": request.url.port,
    }
    assert request.headers["traceparent"] == f"00-{sender.trace_id}-{call.span_id}-01"
    # A proxy may replace it.
    assert "traceparent" not in request.headers["Authorization"]
    assert_signed(request, body, "key 0")


async def test_a_call_that_fails(
    server: Server, client: Client, sender: Sender, traces: Receiver
) -> None:
    assert sender
    server.fails(400, f'{{"__type": "{TYPE}ThrottlingException"}}')
    with pytest.raises(TransientError):
        await client.call("Query", {})
    tracing.stop()
    [call] = traces.spans()
    assert (call.failed, call.attributes["error.type"]) == (True, "ThrottlingException")


async def test_a_write_that_is_repeated(
    server: Server, client: Client, sender: Sender, traces: Receiver
) -> None:
    assert sender
    answers = [
        web.json_response({"__type": f"{TYPE}ThrottlingException"}, status=400),
        web.json_response({"Responses": [{}, {}]}),
    ]
    server.answer = lambda: answers.pop(0)
    store = DynamoDBStore(client, "comments", retry_seconds=5)
    entries = [an_entry("one"), an_entry("two")]
    with tracing.span("record batch", {}):
        assert await store.insert(entries) == entries
    tracing.stop()
    spans = traces.spans()
    [batch] = [span for span in spans if span.name == "record batch"]
    first, second = (span for span in spans if span is not batch)
    assert batch.attributes["valence.retries"] == 1
    assert first.parent_id == second.parent_id == batch.span_id
    assert (first.failed, second.failed) == (True, False)
    assert second.attributes["db.operation.batch.size"] == 2
