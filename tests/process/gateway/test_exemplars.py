"""Exemplars of a running gateway: the trace of a recent request, beside the requests' times."""

from __future__ import annotations

import asyncio

import aiohttp

from tests.support.bad_bento import bad_bento
from tests.support.gateways import Gateway
from tests.support.metrics import exemplars
from tests.support.until import until

PARENT = "00f067aa0ba902b7"
COMMENT = {"comment": "loved it"}


def traceparent(trace: str, flags: str = "01") -> dict[str, str]:
    return {"traceparent": f"00-{trace}-{PARENT}-{flags}"}


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
            before = await asyncio.to_thread(exemplars, gateway.metrics_url)
            bento.open.set()
            assert (await held).status == 201
            after = await asyncio.to_thread(exemplars, gateway.metrics_url)
    assert before == {"/comments": {second}}
    assert after == {"/comments": {first, second}}
