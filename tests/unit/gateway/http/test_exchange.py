"""Answers, through the real HTTP server."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

import prometheus_client
import pytest

from gateway.http.access.cors import CORS
from gateway.http.exchange import Exchange, Headers
from gateway.http.rsgi import HTTPProtocol, Scope
from problem_details import FieldError, Problem
from tests.support.rsgi_server import serve

ORIGIN = "https://www.example.com"
Body = bytes | Path | Problem | list[bytes]


def get(headers: bytes = b"", method: bytes = b"GET") -> bytes:
    return b"%b / HTTP/1.1\r\nHost: localhost\r\n%b\r\n" % (method, headers)


class App:
    """Answers with one exchange after another."""

    def __init__(self, route: str = "none") -> None:
        self.is_draining = False
        self.route = route
        self.headers: Headers = ()
        self.body: Body = b"ok"
        self.request_ids: list[str] = []

    async def __call__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        exchange = Exchange(scope, protocol, lambda: self.is_draining, CORS([ORIGIN]))
        exchange.route = self.route
        self.request_ids.append(exchange.request_id)
        if isinstance(self.body, Problem):
            exchange.refuse(self.body, close=True)
        elif isinstance(self.body, list):
            async with exchange.stream(200, self.headers) as stream:
                for piece in self.body:
                    await stream.send(piece)
        else:
            exchange.answer(200, self.headers, self.body)


@pytest.mark.parametrize("as_", ["bytes", "file", "stream"])
async def test_every_answer_has_the_common_headers(as_: str, tmp_path: Path) -> None:
    app = App()
    (tmp_path / "file").write_bytes(b"body")
    bodies: dict[str, Body] = {
        "bytes": b"body",
        "file": tmp_path / "file",
        "stream": [b"bo", b"dy"],
    }
    app.body = bodies[as_]
    app.headers = [("x-more", "1")]
    async with serve(app) as server:
        answer = await server.ask(get())
        assert (answer.status, answer.body) == (200, b"body")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Server"] == "valence"
        assert answer.headers["X-Request-Id"] == app.request_ids[0]
        assert (answer.headers["X-More"], answer.headers["Vary"]) == ("1", "Origin")
        assert answer.headers["Connection"] is None
        app.is_draining = True
        assert (await server.ask(get())).headers["Connection"] == "close"


@pytest.mark.parametrize(
    ("route", "policy"),
    [("/comments", "no-store"), ("/comments/{id}", "no-store"), ("/docs", "no-cache")],
)
async def test_comments_stay_in_no_cache(route: str, policy: str) -> None:
    async with serve(App(route)) as server:
        assert (await server.ask(get())).headers["Cache-Control"] == policy


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [
        (b"order-1/2:3", True),
        (b"x" * 128, True),
        (b"x" * 129, False),
        (b"a b", False),
        (b"", False),
    ],
)
async def test_a_valid_request_id_is_kept(given: bytes, is_kept: bool) -> None:
    app = App()
    async with serve(app) as server:
        for _ in range(2):
            await server.ask(get(b"X-Request-Id: %b\r\n" % given))
    if is_kept:
        assert set(app.request_ids) == {given.decode()}
    else:
        assert len({*app.request_ids, given.decode()}) == 3


async def test_a_refusal_is_a_problem_with_its_headers() -> None:
    app = App()
    error = FieldError("Host", "must be given once")
    app.body = Problem.of(HTTPStatus.BAD_REQUEST, error, headers={"Retry-After": "1"})
    async with serve(app) as server:
        answer = await server.ask(get())
    assert (answer.status, answer.field()) == (400, "Host")
    assert (answer.headers["Retry-After"], answer.headers["Connection"]) == ("1", "close")


def methods_of(route: str) -> dict[str, float]:
    """How many requests of each method the metrics have for a route."""
    return {
        sample.labels["method"]: sample.value
        for family in prometheus_client.REGISTRY.collect()
        for sample in family.samples
        if sample.name == "valence_gateway_request_duration_seconds_count"
        and sample.labels["route"] == route
    }


async def test_requests_are_counted_and_unknown_methods_are_one() -> None:
    """Each value of a label takes memory for ever."""
    route = "of test_requests_are_counted"
    async with serve(App(route)) as server:
        for method in (b"GET", b"HEAD", b"get", b"M1", b"M2", b"M" * 1_000):
            await server.ask(get(method=method))
    assert methods_of(route) == {"GET": 1, "HEAD": 1, "other": 4}
