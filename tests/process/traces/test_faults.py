"""Traces of comments that a Bento fails, and of comments that are refused or not sampled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.support.bad_bento import BadBento, bad_bento
from tests.support.gateways import Gateway
from tests.support.otlp import Receiver, receiver
from tests.support.traces import Sender, children
from tests.support.until import until

COMMENT = {"comment": "x"}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def bento() -> AsyncIterator[BadBento]:
    async with bad_bento() as bento:
        yield bento


@pytest.fixture(scope="module")
def gateway(bento: BadBento, variables: dict[str, Any]) -> Iterator[Gateway]:
    with Gateway(bento.url, GATEWAY_MAX_REQUESTS=1, **variables) as gateway:
        yield gateway


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def client(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=gateway.url, timeout=30) as client:
        yield client


async def test_a_call_that_is_repeated(
    bento: BadBento, client: httpx.AsyncClient, traces: Receiver
) -> None:
    sender = Sender()
    bento.failing_calls = 1
    answer = await client.post("/comments", json=COMMENT, headers=sender.headers)
    assert answer.status_code == HTTPStatus.CREATED
    spans = await asyncio.to_thread(traces.wait_for, 6, trace_id=sender.trace_id)
    [batch] = [span for span in spans if span.name == "classify batch"]
    assert batch.attributes["valence.retries"] == 1
    assert not batch.failed
    first, second = children(spans, batch)
    assert first.attributes["http.response.status_code"] == HTTPStatus.SERVICE_UNAVAILABLE
    assert (first.failed, first.attributes["error.type"]) == (True, "503")
    assert (second.failed, second.attributes["http.request.resend_count"]) == (False, 1)
    assert bento.traceparents[-2:] == [
        f"00-{sender.trace_id}-{call.span_id}-01" for call in (first, second)
    ]


async def test_a_comment_that_is_refused_because_others_wait(
    bento: BadBento, client: httpx.AsyncClient, traces: Receiver
) -> None:
    sender = Sender()
    calls = bento.calls
    bento.open.clear()
    busy = asyncio.create_task(client.post("/comments", json=COMMENT))
    await until(lambda: bento.calls > calls, seconds=10)
    refused = await client.post("/comments", json=COMMENT, headers=sender.headers)
    assert refused.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    bento.open.set()
    assert (await busy).status_code == HTTPStatus.CREATED
    [request] = await asyncio.to_thread(traces.wait_for, trace_id=sender.trace_id)
    assert (request.failed, request.attributes["error.type"]) == (True, "503")
    assert not request.links


@pytest.mark.parametrize(
    "sampler",
    [
        {"OTEL_TRACES_SAMPLER": "always_off"},
        {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"},
    ],
)
async def test_what_is_not_sampled_is_not_sent(bento: BadBento, sampler: dict[str, Any]) -> None:
    with receiver() as traces:
        variables: dict[str, Any] = {"OTEL_EXPORTER_OTLP_ENDPOINT": traces.url, **sampler}
        with Gateway(bento.url, **variables) as gateway:
            async with httpx.AsyncClient(base_url=gateway.url) as client:
                await client.post("/comments", json=COMMENT)
                unsampled = Sender(sampled=False)
                await client.post("/comments", json=COMMENT, headers=unsampled.headers)
        assert traces.requests == 0
    # Nor may the Bento draw lots.
    first, second = bento.traceparents[-2:]
    assert first
    assert first == second
    assert first.endswith("-00")
