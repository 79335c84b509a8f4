"""Runs Litestar's ASGI application on the server's RSGI."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from litestar import Litestar

from gateway.http.exchange import Exchange
from gateway.http.rsgi import Scope

METHODS = {
    # The server drops the body of an answer to HEAD.
    "HEAD": "GET",
    # Litestar's answer to OPTIONS names the methods of a path's first handler only. Its refusal of
    # a method that no path has names all.
    "OPTIONS": "PATCH",
}


async def respond(
    app: Litestar, exchange: Exchange, scope: Scope, request_body: bytes = b""
) -> None:
    """Have the application answer the request.

    Args:
        app: the routes, which answer with one message or a file.
        exchange: of the request.
        scope: of the request.
        request_body: for routes that have one.
    """
    asgi: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": scope.http_version,
        "method": METHODS.get(scope.method, scope.method),
        "scheme": scope.scheme,
        "path": scope.path,
        "raw_path": quote(scope.path).encode(),
        "root_path": "",
        "query_string": scope.query_string.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in exchange.headers.items()],
        "client": None,
        "server": None,
    }
    status = 500
    headers: list[tuple[str, str]] = []
    body: bytes | Path = b""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": request_body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status, headers, body
        if message["type"] == "http.response.start":
            status = int(message["status"])
            headers = [
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in message["headers"]
            ]
        elif message["type"] == "http.response.pathsend":
            body = Path(message["path"])
        else:
            body = message["body"]

    await app(asgi, receive, send)  # type: ignore[arg-type]
    if scope.method == "OPTIONS" and status == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = [(name, value) for name, value in headers if name.lower() == "allow"]
        status, headers, body = HTTPStatus.NO_CONTENT, allowed, b""
    exchange.route = asgi.get("path_template") or "none"
    exchange.answer(status, headers, body)
