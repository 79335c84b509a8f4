"""ASGI middleware that refuses a bad body before anyone parses it, with a problem document."""

from collections.abc import Callable, Mapping

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import json_body
from problem_details import MEDIA_TYPE, Problem

__all__ = ["BODY_MAX_BYTES", "BodyGuard", "problem_response"]

BODY_MAX_BYTES = 2 * 1024 * 1024


def problem_response(problem: Problem) -> Response:
    """The problem as `application/problem+json`."""
    return Response(problem.encode(), problem.status, problem.headers, MEDIA_TYPE)


class BodyGuard:
    """ASGI middleware: every POST must be JSON of at most BODY_MAX_BYTES.

    `checks` maps a path to a function that raises Problem for a body its endpoint cannot take.
    """

    def __init__(self, app: ASGIApp, checks: Mapping[str, Callable[[bytes], object]]) -> None:
        self._app = app
        self._checks = checks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        try:
            body = await json_body.read(dict(scope["headers"]), receive, BODY_MAX_BYTES)
            if check := self._checks.get(scope["path"]):
                check(body)
        except Problem as problem:
            await problem_response(problem)(scope, receive, send)
            return
        except json_body.ClientDisconnectedError:
            return
        delivered = False

        async def receive_again() -> Message:
            nonlocal delivered
            if delivered:
                return await receive()
            delivered = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, receive_again, send)
