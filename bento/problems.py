"""Errors as RFC 9457 problem details, and the guard that refuses a body before anyone parses it."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["MAX_BODY", "Guard", "ProblemError", "problem_response"]

MAX_BODY = 2 * 1024 * 1024
"""Bytes a call may have."""

_TITLES = {
    400: "Bad Request",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
}


class ProblemError(Exception):
    """A request that cannot be answered: `status` 4xx, and (field, what is wrong) pairs."""

    def __init__(self, status: int, detail: str, *errors: tuple[str, str]) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors


def problem_response(problem: ProblemError) -> Response:
    """The problem as `application/problem+json`."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _TITLES[problem.status],
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.errors:
        body["errors"] = [{"field": field, "detail": detail} for field, detail in problem.errors]
    return Response(
        msgspec.json.encode(body), problem.status, media_type="application/problem+json"
    )


class Guard:
    """ASGI middleware: every POST must be JSON of at most MAX_BODY bytes, counted as they come.

    `checks` maps a path to a function that raises ProblemError for a body its endpoint cannot take.
    """

    def __init__(self, app: ASGIApp, checks: Mapping[str, Callable[[bytes], object]]) -> None:
        self._app = app
        self._checks = checks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        try:
            body = await _body(Headers(scope=scope), receive)
            if check := self._checks.get(scope["path"]):
                check(body)
        except ProblemError as problem:
            await problem_response(problem)(scope, receive, send)
            return
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replay, send)


async def _body(headers: Headers, receive: Receive) -> bytes:
    media_type = headers.get("content-type", "").split(";")[0].strip().lower()
    if media_type != "application/json":
        raise ProblemError(
            415, f"The body must be application/json, not {media_type or 'without a Content-Type'}."
        )
    length = headers.get("content-length", "")
    if length.isdecimal() and len(length) < 20 and int(length) > MAX_BODY:
        raise _too_large()
    chunks = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > MAX_BODY:
            raise _too_large()
        more = message.get("more_body", False)
    return b"".join(chunks)


def _too_large() -> ProblemError:
    return ProblemError(413, f"The body may have at most {MAX_BODY:,} bytes (2 MiB).")
