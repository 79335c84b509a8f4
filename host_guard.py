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


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a service that listens on this address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class LocalHostGuard:
    """ASGI middleware that refuses requests for other hosts than this machine."""

    def __init__(self, app: ASGIApp, listening_host: str) -> None:
        """
        Args:
            app: the service.
            listening_host: the loopback address on which it listens.
        """
        self._app = app
        own = f"[{listening_host}]" if ":" in listening_host else listening_host
        self._names = {name.encode() for name in (*LOCAL_NAMES, own)}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and not self._is_local(scope):
            await respond(_MISDIRECTED, send)
            return
        await self._app(scope, receive, send)

    def _is_local(self, scope: Any) -> bool:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1:
            return False
        name, colon, port = hosts[0].lower().rpartition(b":")
        return (name if colon and port.isdigit() else hosts[0].lower()) in self._names


_MISDIRECTED = Problem.of(
    HTTPStatus.MISDIRECTED_REQUEST,
    FieldError("Host", f"must be one of {', '.join(LOCAL_NAMES)}"),
)
