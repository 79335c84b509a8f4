"""Refusals in turn, through the real HTTP server."""

from __future__ import annotations

import asyncio

import pytest
from prometheus_client import REGISTRY

from gateway.http import shedding
from gateway.http.access.cors import CORS
from gateway.http.exchange import Exchange
from gateway.http.rsgi import HTTPProtocol, Scope
from gateway.http.shedding import Shedding
from tests.support.rsgi_server import serve

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def shed() -> float:
    return REGISTRY.get_sample_value("valence_gateway_shed_total", {"work": "comments"}) or 0.0


def test_the_requests_in_progress_decide() -> None:
    subject = Shedding(lambda in_progress: in_progress >= 2)
    assert not subject.is_crowded()
    subject.in_progress = 2
    assert subject.is_crowded()


@pytest.mark.parametrize("close", [False, True])
async def test_a_refusal_is_a_problem_and_is_counted(close: bool) -> None:
    subject = Shedding(lambda _: True)

    async def respond(scope: Scope, protocol: HTTPProtocol) -> None:
        await subject.refuse(Exchange(scope, protocol, lambda: False, CORS([])), close=close)

    before = shed()
    async with serve(respond) as server:
        answer = await server.ask(GET)
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["Connection"] == ("close" if close else None)
    assert shed() == before + 1


async def delays(count: int, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each of so many refusals at once is to wait, in seconds."""
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    subject = Shedding(lambda _: True)
    loop = asyncio.get_running_loop()
    now = loop.time()

    async def respond(scope: Scope, protocol: HTTPProtocol) -> None:
        # All at one time, however long this test takes.
        monkeypatch.setattr(loop, "time", lambda: now)
        monkeypatch.setattr(asyncio, "sleep", wait)
        for _ in range(count - 1):
            await subject.refuse(_Unanswered(scope, protocol, lambda: False, CORS([])), close=False)
        await subject.refuse(Exchange(scope, protocol, lambda: False, CORS([])), close=False)
        monkeypatch.undo()

    async with serve(respond) as server:
        await server.ask(GET)
    return waits


class _Unanswered(Exchange):
    def refuse(self, *_: object, **__: object) -> None:
        pass


async def test_refusals_wait_for_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shedding, "REFUSALS_PER_SECOND", 10)
    monkeypatch.setattr(shedding, "MAX_DELAY_SECONDS", 0.35)
    waits = await delays(6, monkeypatch)
    # The first is refused at once, and none waits longer than the most.
    assert waits == pytest.approx([0.1, 0.2, 0.3, 0.35, 0.35])
