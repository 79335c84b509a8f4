"""A gateway whose Bento fails: comments get 503 or 504, and nothing is stored."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from processes import free_port
from tests.support.api import assert_unavailable
from tests.support.bad_bento import GOOD, MODEL, BadBento, bad_bento
from tests.support.gateways import Gateway

MODEL_CALL_SECONDS = 0.5
COMMENT = {"comment": "x"}

BAD_ANSWERS: dict[str, tuple[int, object]] = {
    "not JSON": (200, b"<html>"),
    "an empty body": (200, b""),
    "an error": (500, {"error": "boom"}),
    "a refusal": (400, {"detail": "no"}),
    "too few results": (200, {"model": MODEL, "results": []}),
    "too many results": (200, {"model": MODEL, "results": [GOOD, GOOD]}),
    "no model": (200, {"results": [GOOD]}),
    "an unknown sentiment": (200, {"model": MODEL, "results": [{**GOOD, "sentiment": "sad"}]}),
    "an impossible score": (200, {"model": MODEL, "results": [{**GOOD, "score": 2}]}),
    "a redirect": (302, {}),
}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def shared_bento() -> AsyncIterator[BadBento]:
    async with bad_bento() as bento:
        yield bento


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def client(shared_bento: BadBento) -> AsyncIterator[httpx.AsyncClient]:
    with Gateway(shared_bento.url, GATEWAY_MODEL_CALL_SECONDS=MODEL_CALL_SECONDS) as gateway:
        async with httpx.AsyncClient(base_url=gateway.url, timeout=30) as client:
            yield client


@pytest_asyncio.fixture(loop_scope="module")
async def bento(shared_bento: BadBento, client: httpx.AsyncClient) -> BadBento:
    """A Bento that works until the test changes it."""
    shared_bento.answer, shared_bento.status, shared_bento.delay = None, 200, 0
    await post_until_taken(client)
    shared_bento.calls = 0
    return shared_bento


async def post_until_taken(client: httpx.AsyncClient) -> None:
    """Post comments until one is acknowledged, once a check of the Bento has passed."""
    async with asyncio.timeout(30):
        while (await client.post("/comments", json=COMMENT)).status_code != 201:
            pass


async def count_comments(client: httpx.AsyncClient) -> int:
    page = (await client.get("/comments?limit=100")).json()
    assert page["next_cursor"] is None
    return len(page["comments"])


@pytest.mark.parametrize(("status", "answer"), BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
async def test_a_bad_answer_is_503(
    client: httpx.AsyncClient, bento: BadBento, status: int, answer: object
) -> None:
    before = await count_comments(client)
    bento.status, bento.answer = status, answer
    assert_unavailable(await client.post("/comments", json=COMMENT), 503)
    assert 1 <= bento.calls <= 2
    assert (await client.get("/livez")).status_code == 200
    assert await count_comments(client) == before


async def test_no_answer_in_time_is_504(client: httpx.AsyncClient, bento: BadBento) -> None:
    before = await count_comments(client)
    bento.delay = 60
    started = time.monotonic()
    assert_unavailable(await client.post("/comments", json=COMMENT), 504)
    assert 2 * MODEL_CALL_SECONDS - 0.1 < time.monotonic() - started < 10
    assert bento.calls == 2
    assert await count_comments(client) == before
    bento.delay = 0
    await post_until_taken(client)


async def test_a_second_attempt_may_succeed(client: httpx.AsyncClient, bento: BadBento) -> None:
    bento.delay, bento.delayed_calls = 60, 1
    assert (await client.post("/comments", json=COMMENT)).status_code == 201
    assert bento.calls == 2


async def test_no_bento_is_503_and_no_start() -> None:
    with Gateway(f"http://127.0.0.1:{free_port()}") as gateway:
        async with httpx.AsyncClient(base_url=gateway.url) as client:
            assert_unavailable(await client.post("/comments", json=COMMENT), 503)
            ready = await client.get("/readyz")
            assert_unavailable(ready, 503)
            assert "the model is out (the model cannot be reached)" in ready.json()["detail"]
            for path in ("/livez", "/"):
                assert (await client.get(path)).status_code == 200
            assert await count_comments(client) == 0
