"""ASGI middleware that refuses what the service does not serve, with a problem document."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import host_guard
import json_body
from bento import openapi
from problem_details import MEDIA_TYPE, Problem

__all__ = ["BODY_MAX_BYTES", "BODY_SECONDS", "Guard", "LocalHostGuard", "problem_response"]

BODY_MAX_BYTES = 2 * 1024 * 1024
# The gateway sends a body at once; it gives a whole call 2 s.
BODY_SECONDS = 4.0
# Each gateway has one call per replica in flight.
MAX_UNFINISHED_BODIES = 32


def problem_response(problem: Problem) -> Response:
    """The problem as `application/problem+json`."""
    return Response(problem.encode(), problem.status, problem.headers, MEDIA_TYPE)


class Guard:
    """ASGI middleware: only known routes, and every POST must be JSON of at most BODY_MAX_BYTES."""

    def __init__(
        self,
        app: ASGIApp,
        checks: Mapping[str, Callable[[bytes], object]],
        paths: Mapping[str, str],
    ) -> None:
        """
        Args:
            app: the service.
            checks: by path, functions that raise Problem for a body that the route cannot accept.
            paths: the method of each path that is served. BentoML has more of its own.
        """
        self._app = app
        self._checks = checks
        self._paths = paths
        self._arrivals = json_body.Arrivals(MAX_UNFINISHED_BODIES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path, method = scope["path"], scope["method"]
        try:
            self._find_route(path, method)
            if path == "/docs.json":
                # BentoML's own lacks the routes of the mounted application.
                document = Response(openapi.describe(), media_type="application/json")
                await document(scope, receive, send)
                return
            if method != "POST":
                await self._app(scope, receive, send)
                return
            body = await json_body.read(
                self._arrivals, scope["headers"], receive, BODY_MAX_BYTES, BODY_SECONDS
            )
            if check := self._checks.get(path):
                check(body)
        except Problem as problem:
            await problem_response(problem)(scope, receive, send)
            return
        delivered = False

        async def receive_again() -> Message:
            nonlocal delivered
            if delivered:
                return await receive()
            delivered = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, receive_again, send)

    def _find_route(self, path: str, method: str) -> None:
        allowed = self._paths.get(path)
        if allowed is None:
            raise Problem(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.phrase)
        if method != allowed and (method, allowed) != ("HEAD", "GET"):
            status = HTTPStatus.METHOD_NOT_ALLOWED
            raise Problem(status, status.phrase, headers={"Allow": allowed})


class LocalHostGuard:
    """ASGI middleware that refuses requests for other hosts than this machine."""

    def __init__(self, app: ASGIApp, listening_host: str) -> None:
        """
        Args:
            app: the service.
            listening_host: the loopback address on which it listens.
        """
        self._app = app
        self._names = host_guard.local_names(listening_host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            hosts = [value.decode("latin-1") for key, value in scope["headers"] if key == b"host"]
            if not host_guard.is_local(hosts, self._names):
                await problem_response(host_guard.MISDIRECTED)(scope, receive, send)
                return
        await self._app(scope, receive, send)
