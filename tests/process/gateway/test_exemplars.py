"""Exemplars of a running gateway: the trace of a recent request, beside the requests' times."""

from __future__ import annotations

import asyncio

import aiohttp
import httpx

from tests.support.bad_bento import bad_bento
from tests.support.gateways import Gateway
from tests.support.metrics import OPENMETRICS, parse
from tests.support.until import until

PARENT = "00f067aa0ba902b7"
COMMENT = {"comment": "loved it"}


def traceparent(trace: str, flags: str = "01") -> dict[str, str]:
    return {"traceparent": f"00-{trace}-{PARENT}-{flags}"}


def exemplars(gateway: Gateway) -> dict[str, set[str]]:
    """The traces of each route."""
    text = httpx.get(gateway.metrics_url, headers={"Accept": OPENMETRICS}).text
    found: dict[str, set[str]] = {}
    for family in parse(text):
        for sample in family.samples:
            if sample.exemplar:
                assert family.name == "valence_gateway_request_duration_seconds"
                assert sample.exemplar.value <= float(sample.labels["le"])
                [(name, trace)] = sample.exemplar.labels.items()
                assert name == "trace_id"
                found.setdefault(sample.labels["route"], set()).add(trace)
    return found


async def test_each_sampled_request_gives_its_own_trace() -> None:
    first, second, unsampled = "1" * 32, "2" * 32, "3" * 32
    async with bad_bento() as bento, aiohttp.ClientSession() as session:
        with Gateway(bento.url) as gateway:
            bento.open.clear()
            held = asyncio.create_task(
                session.post(f"{gateway.url}/comments", json=COMMENT, headers=traceparent(first))
            )
            await until(lambda: bento.calls == 1, seconds=30)
            # While the first one waits, others come and go.
            for headers in (traceparent(second), traceparent(unsampled, "00"), {}):
                async with session.get(f"{gateway.url}/comments", headers=headers) as response:
                    assert response.status == 200
            async with session.get(f"{gateway.url}/docs", headers={"traceparent": "x"}) as response:
                assert response.status == 200
            before = await asyncio.to_thread(exemplars, gateway)
            bento.open.set()
            assert (await held).status == 201
            after = await asyncio.to_thread(exemplars, gateway)
    assert before == {"/comments": {second}}
    assert after == {"/comments": {first, second}}
