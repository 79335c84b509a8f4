"""Protection against DNS rebinding, for services that trust everybody on this machine.

A web page can make a browser send requests to 127.0.0.1 under the page's own host name. Such a
service therefore answers only requests for this machine's own names.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from problem_details import FieldError, Problem, respond

ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")

MISDIRECTED = Problem.of(
    HTTPStatus.MISDIRECTED_REQUEST,
    FieldError("Host", f"must be one of {', '.join(LOCAL_NAMES)}"),
)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a service that listens on this address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def local_names(listening_host: str) -> frozenset[str]:
    """The names by which this machine may call a service that listens on this address."""
    own = f"[{listening_host}]" if ":" in listening_host else listening_host
    return frozenset({*LOCAL_NAMES, own})


def name(host: str) -> str:
    """The name in a Host header, without the port."""
    head, colon, port = host.lower().rpartition(":")
    return head if colon and port.isdigit() else host.lower()


class LocalHostGuard:
    """ASGI middleware that refuses requests for other hosts than this machine."""

    def __init__(self, app: ASGIApp, listening_host: str) -> None:
        """
        Args:
            app: the service.
            listening_host: the loopback address on which it listens.
        """
        self._app = app
        self._names = local_names(listening_host)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            hosts = [value for key, value in scope["headers"] if key == b"host"]
            if [name(host.decode("latin-1")) in self._names for host in hosts] != [True]:
                await respond(MISDIRECTED, send)
                return
        await self._app(scope, receive, send)
