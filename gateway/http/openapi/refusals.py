"""The problems that routes have in common, as the gateway's code makes them."""

from __future__ import annotations

import host_guard
import json_body
from gateway.errors import NotFoundError, StoreUnavailableError, TimedOutError
from gateway.http import heads, problems
from gateway.http.access import rates, tokens
from gateway.http.access.rates import Rate
from gateway.http.access.tokens import Role
from gateway.http.openapi.examples import RECORD
from gateway.settings import Settings
from problem_details import UNKNOWN_PARAMETER, Problem, not_json, unprocessable

__all__ = ["CALLER", "OF_ALL", "RATE", "UNAVAILABLE", "UNKNOWN_RECORD", "of_route"]

CALLER, RATE = "shop", Rate(100, 1)
_SECONDS = f"not finished within {Settings().gateway_request_seconds:g} s"

OF_ALL = (
    heads.BAD_HOST,
    host_guard.MISDIRECTED,
    unprocessable("limits", UNKNOWN_PARAMETER),
)
UNAVAILABLE = problems.translate(StoreUnavailableError("the store is temporarily unavailable"))
UNKNOWN_RECORD = problems.translate(NotFoundError(RECORD.comment_id))


def of_route(role: Role, *own: Problem, body_max_bytes: int = 0) -> tuple[Problem, ...]:
    """Of a route that works on records.

    Args:
        role: that the route needs.
        own: problems of the route.
        body_max_bytes: of its JSON; 0 if it has none.
    """
    return (
        *OF_ALL,
        tokens.unknown(),
        tokens.forbidden(CALLER, role),
        rates.exceeded(CALLER, RATE, remaining=0, wait=1),
        *(_of_body(body_max_bytes) if body_max_bytes else ()),
        UNAVAILABLE,
        problems.translate(TimedOutError(_SECONDS)),
        *own,
    )


def _of_body(max_bytes: int) -> tuple[Problem, ...]:
    return (
        not_json("Input data was truncated"),
        json_body.too_slow(Settings().gateway_request_seconds),
        json_body.too_long(max_bytes),
        json_body.wrong_type(json_body.MEDIA_TYPE),
    )
