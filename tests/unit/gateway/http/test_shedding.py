"""Refusals in turn, through the real HTTP server."""

from __future__ import annotations

import asyncio
import json

import pytest
from prometheus_client import REGISTRY

from gateway.comments import CROWDED
from gateway.http import shedding
from gateway.http.access.cors import CORS
from gateway.http.exchange import Exchange
from gateway.http.rsgi import HTTPProtocol, Scope
from gateway.http.shedding import Shedding
from tests.support.rsgi_server import serve

OUTAGE = "the store does not answer"
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def shed() -> float:
    return REGISTRY.get_sample_value("valence_gateway_shed_total", {"work": "comments"}) or 0.0


def test_the_requests_in_progress_decide() -> None:
    subject = Shedding(lambda in_progress, _recorded: CROWDED if in_progress >= 2 else None)
    assert subject.find_refusal() is None
    subject.in_progress = 2
    assert subject.find_refusal() == CROWDED


def test_what_is_not_recorded_is_asked_for_apart() -> None:
    subject = Shedding(lambda _in_progress, recorded: OUTAGE if recorded else None)
    assert subject.find_refusal() == OUTAGE
    assert subject.find_refusal(recorded=False) is None


@pytest.mark.parametrize("close", [False, True])
@pytest.mark.parametrize(("reason", "counted"), [(CROWDED, 1), (OUTAGE, 0)])
async def test_a_refusal_is_a_problem_and_is_counted_if_it_is_for_crowding(
    reason: str, counted: int, close: bool
) -> None:
    subject = Shedding(lambda *_: reason)

    async def respond(scope: Scope, protocol: HTTPProtocol) -> None:
        exchange = Exchange(scope, protocol, lambda: False, CORS([]))
        await subject.refuse(exchange, reason, close=close)

    before = shed()
    async with serve(respond) as server:
        answer = await server.ask(GET)
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["Connection"] == ("close" if close else None)
    assert json.loads(answer.body)["detail"] == reason
    assert shed() == before + counted


async def delays(count: int, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each of so many refusals at once is to wait, in seconds."""
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    subject = Shedding(lambda *_: CROWDED)
    loop = asyncio.get_running_loop()
    now = loop.time()

    async def respond(scope: Scope, protocol: HTTPProtocol) -> None:
        # All at one time, however long this test takes.
        monkeypatch.setattr(loop, "time", lambda: now)
        monkeypatch.setattr(asyncio, "sleep", wait)
        for _ in range(count - 1):
            unanswered = _Unanswered(scope, protocol, lambda: False, CORS([]))
            await subject.refuse(unanswered, CROWDED, close=False)
        exchange = Exchange(scope, protocol, lambda: False, CORS([]))
        await subject.refuse(exchange, CROWDED, close=False)
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
