"""The trace of a comment, from the Ingress to the store, as a real receiver decodes it."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import httpx
import pytest

from gateway.http.access import tokens
from processes import free_port, module
from tests.support.gateways import Gateway
from tests.support.metrics import exemplars
from tests.support.otlp import Receiver, Span
from tests.support.traces import Sender, children

SECRET = "an unmistakable sentence"  # noqa: S105


@pytest.fixture(scope="module", params=["sqlite", "dynamodb"])
def store(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The settings of a store."""
    if request.param == "sqlite":
        return {"GATEWAY_STORE": "sqlite"}
    request.getfixturevalue("dynamodb_url")
    table = {"GATEWAY_STORE": "dynamodb", "DYNAMODB_TABLE_NAME": f"comments-{secrets.token_hex(4)}"}
    settings = [f"{name}={value}" for name, value in table.items()]
    subprocess.run(["env", *settings, *module("gateway", "--create-table")], check=True)
    return table


@pytest.fixture(scope="module")
def gateway(
    traced_bento: str, variables: dict[str, Any], store: dict[str, Any]
) -> Iterator[Gateway]:
    with Gateway(traced_bento, **variables, **store) as gateway:
        yield gateway


def test_one_trace_from_the_ingress_to_the_store(gateway: Gateway, traces: Receiver) -> None:
    sender = Sender()
    answer = httpx.post(
        f"{gateway.url}/comments", json={"comment": "Lovely."}, headers=sender.headers
    )
    assert answer.status_code == HTTPStatus.CREATED
    spans = traces.wait_for(6, trace_id=sender.trace_id)
    assert len(spans) == 6
    assert {span.tracestate for span in spans} == {"ingress=1"}
    assert not any(span.failed for span in spans)
    [request] = [span for span in spans if span.parent_id == sender.span_id]
    assert (request.service, request.name, request.kind) == (
        "valence-gateway", "POST /comments", "server",
    )  # fmt: skip
    assert request.attributes == {
        "http.request.method": "POST",
        "http.response.status_code": HTTPStatus.CREATED,
        "http.route": "/comments",
        "url.path": "/comments",
        "url.scheme": "http",
        "valence.model.digest": answer.json()["model"],
    }
    batches = children(spans, request)
    assert [batch.name for batch in batches] == ["classify batch", "record batch"]
    assert request.links == {batch.span_id for batch in batches}
    assert [event.name for event in request.events] == ["valence.classify", "valence.record"]
    for batch in batches:
        assert batch.links == {request.span_id}
        assert batch.attributes["valence.batch.size"] == 1
        assert batch.attributes["valence.queue.seconds"] >= 0
        assert request.start <= batch.start <= batch.end <= request.end
    assert_model_call(spans, batches[0], answer.json()["model"])
    assert_store_call(spans, batches[1])


def assert_model_call(spans: list[Span], batch: Span, digest: str) -> None:
    """The batch has one call, which is one request to the Bento."""
    [call] = children(spans, batch)
    [request] = children(spans, call)
    assert (call.name, call.kind) == ("POST /classify", "client")
    assert call.attributes["url.full"].endswith("/classify")
    assert batch.attributes["valence.model.digest"] == digest
    assert batch.attributes["valence.replica"] == (
        f"{call.attributes['server.address']}:{call.attributes['server.port']}"
    )
    assert (request.service, request.name, request.kind) == (
        "valence-bento", "POST /classify", "server",
    )  # fmt: skip
    assert request.attributes["valence.batch.size"] == 1
    assert request.attributes["valence.model.digest"] == digest
    assert request.attributes["http.response.status_code"] == HTTPStatus.OK


def assert_store_call(spans: list[Span], batch: Span) -> None:
    """The batch has one call, of one of the stores."""
    [call] = children(spans, batch)
    assert call.kind == "client"
    if call.attributes["db.system.name"] == "sqlite":
        assert call.name == "INSERT comments"
        assert call.attributes["db.operation.name"] == "INSERT"
    else:
        assert call.name == "DynamoDB.BatchExecuteStatement"
        assert call.attributes["db.system.name"] == "aws.dynamodb"
        assert call.attributes["db.operation.name"] == "BatchExecuteStatement"
        assert call.attributes["http.response.status_code"] == HTTPStatus.OK
        assert call.attributes["aws.request_id"]


def test_a_reading_has_its_store_calls(gateway: Gateway, traces: Receiver) -> None:
    comment_id = httpx.post(f"{gateway.url}/comments", json={"comment": "x"}).json()["comment_id"]
    sender = Sender()
    httpx.get(f"{gateway.url}/comments/{comment_id}", headers=sender.headers)
    call, request = sorted(traces.wait_for(2, trace_id=sender.trace_id), key=lambda s: s.kind)
    assert (request.name, request.kind) == ("GET /comments/{comment_id}", "server")
    assert request.attributes["url.path"] == f"/comments/{comment_id}"
    assert call.name in {"SELECT comments", "DynamoDB.GetItem"}
    assert call.parent_id == request.span_id


def test_exemplars_name_the_traces(gateway: Gateway, traces: Receiver) -> None:
    httpx.get(f"{gateway.url}/statistics")
    [trace] = exemplars(gateway.metrics_url)["/statistics"]
    assert traces.wait_for(trace_id=trace, name="GET /statistics")


def test_a_comment_that_is_refused_has_no_batch(gateway: Gateway, traces: Receiver) -> None:
    sender = Sender()
    httpx.post(f"{gateway.url}/comments", json={"comment": " "}, headers=sender.headers)
    [request] = traces.wait_for(trace_id=sender.trace_id)
    assert request.attributes["http.response.status_code"] == HTTPStatus.UNPROCESSABLE_ENTITY
    # By the conventions a client's mistake is no error of the server.
    assert not request.failed
    assert not request.links


def test_a_comment_that_cannot_be_classified(
    variables: dict[str, Any], traces: Receiver, store: dict[str, Any]
) -> None:
    sender = Sender()
    nobody = f"http://127.0.0.1:{free_port()}"
    with Gateway(nobody, **variables, **store) as gateway:
        httpx.post(f"{gateway.url}/comments", json={"comment": "x"}, headers=sender.headers)
    spans = traces.wait_for(4, trace_id=sender.trace_id)
    [request] = [span for span in spans if span.kind == "server"]
    assert request.attributes["http.response.status_code"] == HTTPStatus.SERVICE_UNAVAILABLE
    assert request.attributes["error.type"] == "503"
    [batch] = children(spans, request)
    assert batch.name == "classify batch"
    assert batch.attributes["valence.batch.failures"] == 1
    assert batch.attributes["valence.retries"] == 1
    calls = children(spans, batch)
    assert len(calls) == 2
    assert all(span.failed for span in (request, batch, *calls))


def test_a_batch_request_links_to_each_of_its_batches(gateway: Gateway, traces: Receiver) -> None:
    sender = Sender()
    comments = [{"comment": f"number {n}"} for n in range(100)]
    url = f"{gateway.url}/comments/batch"
    httpx.post(url, json={"comments": comments}, headers=sender.headers)
    [request] = traces.wait_for(trace_id=sender.trace_id, name="POST /comments/batch")
    batches = children(traces.spans(), request)
    sizes: dict[str, int] = {}
    for batch in batches:
        sizes[batch.name] = sizes.get(batch.name, 0) + batch.attributes["valence.batch.size"]
    assert sizes == {"classify batch": 100, "record batch": 100}
    assert request.links == {batch.span_id for batch in batches}


def test_nothing_private_is_sent(
    traced_bento: str, variables: dict[str, Any], traces: Receiver, store: dict[str, Any]
) -> None:
    token, line = tokens.new("shop", "submit,read")
    sender = Sender()
    key = secrets.token_hex(16)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key, **sender.headers}
    with (
        Gateway(traced_bento, GATEWAY_TOKENS=line, **variables, **store) as gateway,
        httpx.Client(base_url=gateway.url, headers=headers) as client,
    ):
        comment = {"comment": SECRET}
        assert client.post("/comments", json=comment).status_code == HTTPStatus.CREATED
        assert client.post("/comments", json={"comment": SECRET * 500}).status_code == 422
        assert client.post("/comments", content=SECRET).status_code == 415
        assert client.post(f"/comments?{SECRET}", json=comment).status_code == 422
        client.post("/comments/batch", json={"comments": [comment, {"comment": SECRET, "x": 1}]})
        client.get(f"/comments?sentiment={SECRET}")
        client.get(f"/nowhere/{SECRET}")
        client.request(SECRET.replace(" ", ""), "/comments")
    assert traces.wait_for(10, trace_id=sender.trace_id)
    for private in (SECRET, SECRET.replace(" ", ""), "unmistakable", token, key):
        assert not any(private.encode() in body for body in traces.bodies)
