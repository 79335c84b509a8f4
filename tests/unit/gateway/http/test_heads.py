"""Heads of requests, as the real HTTP server passes them on."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from gateway.http.access import tokens
from gateway.http.access.tokens import Tokens
from gateway.http.heads import HeadCheck
from gateway.http.rsgi import HTTPProtocol, Scope
from gateway.settings import Settings
from tests.support.rsgi_server import serve

LOCAL = b"Host: localhost\r\n"
FOREIGN = b"Host: valence.example.com\r\n"
CHUNKS = b"\r\n0\r\n\r\n"
_, LINE = tokens.new("app", "admin")


async def problem(
    head: bytes, *, version: bytes = b"1.1", end: bytes = b"\r\n", check: HeadCheck
) -> tuple[int, str] | None:
    """The status and the field of the problem with a request that has these headers."""
    problems: list[tuple[int, str] | None] = []

    async def respond(scope: Scope, protocol: HTTPProtocol) -> None:
        found = check.find_problem(scope, scope.headers)
        problems.append((found.status, found.errors[0].field) if found else None)
        protocol.response_empty(200, [])

    async with serve(respond) as server:
        assert (await server.ask(b"GET / HTTP/%b\r\n%b%b" % (version, head, end))).status == 200
    return problems[0]


@pytest.mark.parametrize(
    ("head", "field"),
    [
        (LOCAL, None),
        (FOREIGN, None),
        (b"", "Host"),
        (LOCAL + LOCAL, "Host"),
        (LOCAL + FOREIGN, "Host"),
        (LOCAL + b"Authorization: Bearer a\r\n", None),
        (LOCAL + b"Authorization: Bearer a\r\n" * 2, "Authorization"),
    ],
)
async def test_what_parsers_read_differently_is_refused(head: bytes, field: str | None) -> None:
    check = HeadCheck(Settings(), Tokens(LINE))
    expected = (HTTPStatus.BAD_REQUEST, field) if field else None
    assert await problem(head, check=check) == expected


@pytest.mark.parametrize(
    ("codings", "is_refused"),
    [
        (b"Transfer-Encoding: chunked\r\n", False),
        (b"Transfer-Encoding: CHUNKED \r\n", False),
        (b"Transfer-Encoding: gzip, chunked\r\n", True),
        (b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", True),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", True),
        (b"Transfer-Encoding: chunked, chunked\r\n", True),
    ],
)
async def test_chunks_are_the_only_coding(codings: bytes, is_refused: bool) -> None:
    check = HeadCheck(Settings(), Tokens(LINE))
    expected = (HTTPStatus.BAD_REQUEST, "Transfer-Encoding") if is_refused else None
    assert await problem(LOCAL + codings, end=CHUNKS, check=check) == expected


async def test_http_1_0_needs_no_host() -> None:
    check = HeadCheck(Settings(), Tokens(LINE))
    assert await problem(b"", version=b"1.0", check=check) is None
    guarded = HeadCheck(Settings(), Tokens())
    expected = (HTTPStatus.MISDIRECTED_REQUEST, "Host")
    assert await problem(b"", version=b"1.0", check=guarded) == expected


@pytest.mark.parametrize(
    ("settings", "lines", "is_guarded"),
    [
        (Settings(), "", True),
        (Settings(gateway_host="::1"), "", True),
        (Settings(), LINE, False),
        (Settings(gateway_auth="none"), "", False),
        (Settings(gateway_host="0.0.0.0"), LINE, False),
    ],
    ids=["loopback", "IPv6", "tokens", "open", "tokens elsewhere"],
)
async def test_whoever_admits_everybody_here_serves_local_names_only(
    settings: Settings, lines: str, is_guarded: bool
) -> None:
    check = HeadCheck(settings, Tokens(lines))
    assert await problem(LOCAL, check=check) is None
    expected = (HTTPStatus.MISDIRECTED_REQUEST, "Host") if is_guarded else None
    assert await problem(FOREIGN, check=check) == expected
