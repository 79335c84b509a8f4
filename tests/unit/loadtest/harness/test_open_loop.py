"""Load that does not wait for the service."""

from __future__ import annotations

import asyncio
import itertools
import random

import pytest

from loadtest.harness import open_loop as openloop


def test_arrivals_come_at_the_rate_and_at_random() -> None:
    times = openloop.arrivals(100, 50, random.Random(1))  # noqa: S311
    assert len(times) == pytest.approx(5_000, rel=0.05)
    assert times == sorted(times)
    assert times[-1] < 50
    gaps = [after - before for before, after in itertools.pairwise(times)]
    # Of a Poisson process a share of 1 - 1/e is shorter than the mean.
    assert sum(gap < 0.01 for gap in gaps) / len(gaps) == pytest.approx(0.632, abs=0.03)


async def offered_to(status: int, *, answer_in: float, count: int) -> openloop.Load:
    """Offer `count` requests, all due at once, to a server that answers each connection's
    requests one after the other, each within `answer_in` seconds."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(head.partition(b"Content-Length: ")[2]))
                await asyncio.sleep(answer_in)
                writer.write(b"HTTP/1.1 %d x\r\ncontent-length: 2\r\n\r\n{}" % status)
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        url = f"http://{host}:{port}/comments"
        return await openloop.offer(url, itertools.repeat("{}"), [0.0] * count, 1.0)


async def test_answers_are_counted() -> None:
    load = await offered_to(201, answer_in=0, count=20)
    assert (load.requests, load.good, load.errors) == (20, 20, 0)


async def test_refusals_are_errors() -> None:
    assert (await offered_to(503, answer_in=0, count=20)).errors == 20


async def test_latency_counts_from_when_a_request_was_due(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(openloop, "CONNECTIONS", 1)
    load = await offered_to(201, answer_in=0.02, count=5)
    # The last one waits for the four before it.
    assert load.p99_ms >= 5 * 20


async def test_what_is_never_answered_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openloop, "PATIENCE_SECONDS", 0.05)
    assert (await offered_to(201, answer_in=0.5, count=3)).errors == 3
