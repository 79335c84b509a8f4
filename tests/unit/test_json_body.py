from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import pytest

import json_body
from json_body import Arrivals
from problem_details import Problem

MAX_BYTES = 10


@pytest.mark.parametrize(
    ("content_type", "encoding", "length", "status"),
    [
        ("application/json", "", "", None),
        ("Application/JSON ; charset=utf-8", "identity", "10", None),
        ("application/json", "", "0" * 5_000 + "10", None),
        ("", "", "", 415),
        ("text/json", "", "", 415),
        ("application/json", "gzip", "", 415),
        ("application/json", "identity, gzip", "", 415),
        ("application/json", "", "11", 413),
        ("application/json", "", "9" * 5_000, 413),
    ],
)
def test_headers_decide(content_type: str, encoding: str, length: str, status: int | None) -> None:
    refused = None
    try:
        json_body.check(content_type, encoding, length, MAX_BYTES)
    except Problem as problem:
        refused = problem.status
    assert refused == status


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"a": "x", "a": "y"}', "a"),
        (b'\xef\xbb\xbf{"a": "x", "b": 1, "a": 2}', "a"),
        (rb'{"a": "x", "\u0061": 1}', "a"),
        (b'[{"a": {"b": "", "b": ""}}]', "b"),
        (rb'{"\ud800": "x", "\ud800": "y"}', "?"),
        (b'{"a": "x", "a": %b}' % (b"9" * 5_000), "a"),
    ],
)
def test_a_name_that_is_given_twice_is_refused(body: bytes, name: str) -> None:
    with pytest.raises(Problem) as refusal:
        json_body.refuse_repeated_names(body)
    assert refusal.value.status == 422
    assert refusal.value.errors[0].field == name
    assert refusal.value.encode()


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": "a", "b": {"a": "a"}}',
        b'[{"a": 1}, {"a": 2}, {"a": 3}]',
        b'{"a": "", "b": "", "c"',
        b'{"a": "", "b": "", "c": ' + b"[" * 100_000,
        b'"\xff"""""',
    ],
)
def test_other_names_and_what_is_no_json_pass(body: bytes) -> None:
    json_body.refuse_repeated_names(body)


async def read(*messages: dict[str, Any], seconds: float = 30) -> bytes:
    """Read a body from these ASGI messages; after them nothing comes."""
    left = list(messages)

    async def receive() -> dict[str, Any]:
        if not left:
            await asyncio.Event().wait()
        return left.pop(0)

    headers = [(b"content-type", b"application/json")]
    return await json_body.read(Arrivals(1), headers, receive, MAX_BYTES, seconds)


def pieces(*bodies: bytes) -> Sequence[dict[str, Any]]:
    return [
        {"type": "http.request", "body": body, "more_body": number < len(bodies)}
        for number, body in enumerate(bodies, 1)
    ]


async def test_a_body_comes_in_pieces_and_without_a_byte_order_mark() -> None:
    assert await read(*pieces(b"\xef\xbb", b"\xbf{}", b"")) == b"{}"
    assert await read(*pieces(b"x" * MAX_BYTES)) == b"x" * MAX_BYTES


@pytest.mark.parametrize(
    ("messages", "status"),
    [
        (pieces(b"x" * 6, b"x" * 5), 413),
        ([*pieces(b"x", b"")[:1], {"type": "http.disconnect"}], 400),
        (pieces(b"x", b"")[:1], 408),
    ],
    ids=["too long", "broken", "too slow"],
)
async def test_a_bad_body_is_refused(messages: Sequence[dict[str, Any]], status: int) -> None:
    with pytest.raises(Problem) as refused:
        await read(*messages, seconds=0.05)
    assert refused.value.status == status


class Slow:
    """A body that does not arrive."""

    def __init__(self, arrivals: Arrivals, seconds: float = 30) -> None:
        self._task = asyncio.create_task(self._arrive(arrivals, seconds))

    async def _arrive(self, arrivals: Arrivals, seconds: float) -> None:
        async with arrivals.arrival(seconds, MAX_BYTES):
            await asyncio.Event().wait()

    async def error(self) -> BaseException | None:
        await asyncio.wait({self._task})
        return self._task.exception()

    async def is_arriving(self) -> bool:
        await asyncio.sleep(0)
        return not self._task.done()

    async def stop(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task


async def test_the_oldest_body_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_body, "MIN_SECONDS", 0)
    arrivals = Arrivals(2)
    slow = [Slow(arrivals) for _ in range(2)]
    assert await slow[1].is_arriving()
    async with arrivals.arrival(30, MAX_BYTES):
        assert isinstance(await slow[0].error(), TimeoutError)
        assert await slow[1].is_arriving()
    await slow[1].stop()


async def test_a_young_body_makes_no_room_but_a_prompt_one_needs_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_body, "MIN_SECONDS", 600)
    monkeypatch.setattr(json_body, "PROMPT_SECONDS", 600)
    monkeypatch.setattr(json_body, "PROMPT_BYTES", 2 * MAX_BYTES - 1)
    arrivals = Arrivals(2)
    slow, another = Slow(arrivals), Slow(arrivals)
    assert await slow.is_arriving()
    async with arrivals.arrival(30, MAX_BYTES):
        # There may be as many more as their memory allows.
        with pytest.raises(Problem) as refused:
            async with arrivals.arrival(30, MAX_BYTES):
                pass
        assert await slow.is_arriving()
    assert refused.value.status == 503
    assert refused.value.headers["Retry-After"]
    async with arrivals.arrival(30, MAX_BYTES):  # that one has ended
        pass
    await slow.stop()
    await another.stop()


async def test_without_room_a_slow_body_is_refused_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_body, "MIN_SECONDS", 600)
    monkeypatch.setattr(json_body, "PROMPT_SECONDS", 0)
    arrivals = Arrivals(1)
    slow, another = Slow(arrivals), Slow(arrivals)
    error = await another.error()
    assert isinstance(error, Problem)
    assert error.status == 503
    assert await slow.is_arriving()
    await slow.stop()


async def test_a_body_whose_time_is_just_over_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the end of its time and the end of its task, a timeout cannot be changed."""
    monkeypatch.setattr(json_body, "MIN_SECONDS", 0)
    arrivals = Arrivals(1)
    slow = Slow(arrivals, seconds=0)
    for _ in ("it begins", "its time is over"):
        await asyncio.sleep(0)
    async with arrivals.arrival(30, MAX_BYTES):
        pass
    assert isinstance(await slow.error(), TimeoutError)
