from __future__ import annotations

import asyncio
from typing import Any

import pytest

import host_guard
from host_guard import LocalHostGuard


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("valence.local", False),
        ("localhost.evil.example", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert host_guard.is_loopback(host) is expected


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("localhost", "localhost"),
        ("LocalHost:8000", "localhost"),
        ("127.0.0.1:80", "127.0.0.1"),
        ("[::1]", "[::1]"),
        ("[::1]:8000", "[::1]"),
        ("evil.example:8000", "evil.example"),
        ("localhost:", "localhost:"),
        ("localhost:80:80", "localhost:80"),
        ("", ""),
    ],
)
def test_the_name_in_a_host_header(header: str, name: str) -> None:
    assert host_guard.name(header) == name


async def statuses(*hosts: bytes, listening_host: str = "127.0.0.1") -> list[int]:
    """The statuses that a guarded service answers with to a request with these Host headers."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def service(scope: Any, receive: Any, send: Any) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": []})

    scope = {"type": "http", "headers": [(b"host", host) for host in hosts]}
    await LocalHostGuard(service, listening_host)(scope, asyncio.Event().wait, send)
    return [message["status"] for message in sent if "status" in message]


async def test_only_one_local_name_is_served() -> None:
    for name in (b"localhost", b"127.0.0.1:3000", b"[::1]:3000"):
        assert await statuses(name) == [200]
    for hosts in ((b"evil.example",), (b"evil\xff",), (), (b"localhost", b"localhost")):
        assert await statuses(*hosts) == [421]


async def test_the_address_it_listens_on_is_a_local_name() -> None:
    assert await statuses(b"127.8.8.8:3000") == [421]
    assert await statuses(b"127.8.8.8:3000", listening_host="127.8.8.8") == [200]
