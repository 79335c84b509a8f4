"""Sending, to a server that answers as gateways and what stands before them may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web

from gateway.importing import sending
from gateway.importing.rows import ImportFailedError, Row
from gateway.importing.sending import Summary, send_rows

Texts = list[str]


class Server:
    """Takes every batch, unless `refuse` has another answer to its texts."""

    url: str

    def __init__(self) -> None:
        self.refuse: Callable[[Texts], web.StreamResponse | None] = lambda _: None
        self.taken: list[Texts] = []

    async def batch(self, request: web.Request) -> web.StreamResponse:
        texts = [each["comment"] for each in (await request.json())["comments"]]
        if answer := self.refuse(texts):
            return answer
        self.taken.append(texts)
        return web.json_response({"outcomes": [{"status": 201} for _ in texts]})


def problem(status: int, **headers: str) -> web.Response:
    return web.json_response({"detail": f"problem {status}"}, status=status, headers=headers)


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    monkeypatch.setattr(sending, "FIRST_PAUSE_SECONDS", 0.001)
    server = Server()
    app = web.Application(client_max_size=2**24)
    app.router.add_post("/comments/batch", server.batch)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


async def send(
    server: Server, texts: Texts, notify: Callable[[str], None] = lambda _: None
) -> tuple[Summary, dict[int, str]]:
    refused: dict[int, str] = {}

    def refuse(row: Row, reason: str) -> None:
        refused[row.number] = reason

    rows = (Row(number, text) for number, text in enumerate(texts, 1))
    work = send_rows(rows, url=server.url, token=None, key="0" * 64, refuse=refuse, notify=notify)
    async with asyncio.timeout(20):
        return await work, refused


def numbered(count: int) -> Texts:
    return [f"comment {number}" for number in range(count)]


def flat(batches: list[Texts]) -> Texts:
    return sorted(text for batch in batches for text in batch)


async def test_a_batch_that_does_not_arrive_in_time_is_sent_in_parts(server: Server) -> None:
    server.refuse = lambda texts: problem(408) if len(texts) > 60 else None
    assert await send(server, numbered(900)) == (Summary(900, 0, 0), {})
    assert flat(server.taken) == sorted(numbered(900))


async def test_long_comments_go_in_small_batches(server: Server) -> None:
    """A slow line carries them in the time that the gateway waits."""
    await send(server, ["x" * 5_000] * 300)
    assert max(len(texts) for texts in server.taken) < 60


async def test_batches_are_as_large_as_the_rate(server: Server) -> None:
    policy = {"RateLimit-Policy": '"token";q=40;w=1', "Retry-After": "0"}
    refusals: list[int] = []

    def refuse(texts: Texts) -> web.StreamResponse | None:
        if len(texts) <= 40:
            return None
        refusals.append(len(texts))
        return problem(429, **policy)

    server.refuse = refuse
    assert (await send(server, numbered(3_000)))[0] == Summary(3_000, 0, 0)
    assert len(refusals) <= sending.BATCHES_AT_ONCE


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_batch_that_is_refused_as_a_whole_costs_only_the_odd_row(
    server: Server, status: int
) -> None:
    server.refuse = lambda texts: problem(status) if "odd" in texts else None
    texts = numbered(100)
    texts[33] = "odd"
    summary, refused = await send(server, texts)
    assert summary == Summary(99, 0, 1)
    assert refused == {34: f"problem {status}"}


async def test_waiting_is_told_and_ends_without_progress(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([problem(503), problem(502)])
    server.refuse = lambda _: next(answers, None)
    told: list[str] = []
    assert (await send(server, numbered(3), told.append))[0] == Summary(3, 0, 0)
    assert told == ["problem 503", "problem 502"]
    monkeypatch.setattr(sending, "STALL_SECONDS", 0.0)
    server.refuse = lambda _: problem(503)
    with pytest.raises(ImportFailedError, match="no row was taken for 0 s: problem 503"):
        await send(server, numbered(3))


async def test_a_broken_connection_is_tried_again_once_the_gateway_has_answered(
    server: Server,
) -> None:
    calls = 0

    def refuse(_: Texts) -> web.StreamResponse | None:
        nonlocal calls
        calls += 1
        if calls == 1:
            return problem(503)
        if calls == 2:
            raise asyncio.CancelledError  # the connection is closed
        return None

    server.refuse = refuse
    told: list[str] = []
    assert (await send(server, numbered(3), told.append))[0] == Summary(3, 0, 0)
    assert any("cannot be reached" in reason for reason in told)


@pytest.mark.parametrize("answer", ["<html>", "[]", '{"outcomes": []}'])
async def test_what_is_not_a_gateways_answer(server: Server, answer: str) -> None:
    server.refuse = lambda _: web.Response(text=answer)
    with pytest.raises(ImportFailedError, match="not a gateway's"):
        await send(server, numbered(3))


async def test_an_address_where_nothing_listens_is_named_at_once(server: Server) -> None:
    server.url = "http://127.0.0.1:9"
    told: list[Any] = []
    with pytest.raises(ImportFailedError, match=r"http://127\.0\.0\.1:9 cannot be reached"):
        await send(server, numbered(3_000), told.append)
    assert not told
