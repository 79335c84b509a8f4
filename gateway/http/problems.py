"""Translates errors into problem details, the gateway's answer to whatever it cannot serve."""

from __future__ import annotations

import logging
import time
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from gateway.errors import (
    InvalidInputError,
    KeyReusedError,
    NotFoundError,
    TimedOutError,
    UnavailableError,
)
from gateway.http.disconnect import ClientDisconnectedError
from problem_details import MEDIA_TYPE, FieldError, Problem, describe, unprocessable

RETRY_AFTER_SECONDS = 1
WARNING_PAUSE_SECONDS = 60.0

_log = logging.getLogger(__name__)
_next_warning: dict[tuple[int, str], float] = {}


def from_error(error: Exception) -> Problem:
    """The problem of an error that is to be answered. Server errors are logged."""
    problem = translate(error)
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("unexpected error", exc_info=error)
    elif problem.status > HTTPStatus.INTERNAL_SERVER_ERROR:
        _warn(problem)
    # Its traceback refers to the caller's frame, which will refer to the problem: a cycle, which
    # would keep the request's body until the next garbage collection. The error before it refers
    # to the frames that received the body.
    problem.__context__ = None
    return problem.with_traceback(None)


def _warn(problem: Problem) -> None:
    """Log an outage, but not each of thousands of equal answers a second."""
    now = time.monotonic()
    # A call that took too long gets 504, and those refused meanwhile 503, with the same detail.
    kind = (problem.status, problem.detail)
    if now >= _next_warning.get(kind, 0.0):
        # Details are the gateway's own texts, so there are few.
        _next_warning[kind] = now + WARNING_PAUSE_SECONDS
        _log.warning("answered with %d: %s", problem.status, problem.detail)


def on_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Litestar's exception handler."""
    match error:
        case ValidationException(extra=[{"message": str(message), "key": str(name)}, *_]):
            parameter = request.route_handler.parsed_fn_signature.parameters.get(name)
            kind = parameter.annotation if parameter else Any
            invalid = describe(message, kind=kind, field=name, in_text=True)
            error = unprocessable(invalid.field, invalid.detail)
    problem = from_error(error)
    if is_unavailable(problem) and (caller := request.scope["state"].get("caller")):
        request.app.state.tokens.give_back(caller)
    return response(problem)


def response(problem: Problem) -> Response[bytes]:
    """The problem as Litestar's answer."""
    return Response(
        problem.encode(),
        status_code=problem.status,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


def unavailable(detail: str, *, timed_out: bool = False) -> Problem:
    """The 503, or 504, after which a client may try again."""
    return Problem(
        HTTPStatus.GATEWAY_TIMEOUT if timed_out else HTTPStatus.SERVICE_UNAVAILABLE,
        detail,
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


def is_unavailable(problem: Problem) -> bool:
    """Whether the same request may work later: it was not the client's fault."""
    return problem.status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}


def translate(error: Exception) -> Problem:
    """The problem that tells a client about the error."""
    match error:
        case Problem():
            return error
        case InvalidInputError():
            return unprocessable(error.field, str(error))
        case KeyReusedError():
            return unprocessable("Idempotency-Key", str(error))
        case NotFoundError():
            return Problem(HTTPStatus.NOT_FOUND, str(error))
        case UnavailableError():
            return unavailable(str(error), timed_out=isinstance(error, TimedOutError))
        case HTTPException():
            # Litestar's own: no such path, method not allowed.
            return Problem(HTTPStatus(error.status_code), error.detail, headers=error.headers)
        case ClientDisconnectedError():
            # Nobody reads it; the status is counted.
            return Problem.of(HTTPStatus.BAD_REQUEST, FieldError("body", "was not sent to its end"))
        case _:
            return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "unexpected error; it was logged")
