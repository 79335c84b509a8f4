"""Bearer tokens with their roles, limits and ends. The gateway knows only the tokens' SHA-256."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from enum import StrEnum
from http import HTTPStatus
from typing import Any, NamedTuple

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from gateway import metrics
from gateway.http.access import audit
from gateway.http.access.rates import Rate, Rates
from problem_details import FieldError, Problem

__all__ = [
    "ANYONE",
    "FORM",
    "UNKNOWN",
    "Caller",
    "Role",
    "Tokens",
    "TokensError",
    "caller_of",
    "forbidden",
    "new",
    "requires",
    "unknown",
]

FORM = "NAME ROLE[,ROLE…] SHA256 [RATE] [until=DATE]"
UNKNOWN = "must be Bearer and a known token"
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="valence"'}
_UNTIL = re.compile(r"until=(\d{4}-\d\d-\d\d)")


class Role(StrEnum):
    """A permission; `admin` includes all others."""

    SUBMIT = "submit"
    READ = "read"
    CORRECT = "correct"
    ADMIN = "admin"


class TokensError(Exception):
    """A line does not have the form FORM."""


class Caller(NamedTuple):
    """The sender of a request."""

    name: str
    roles: frozenset[Role]
    rate: Rate | None = None
    """How many comments and other requests it may send."""
    last_day: dt.date | None = None
    """Of the token, in UTC."""
    counted_at: float = 0.0
    """When its requests were counted against its rate, in Unix seconds."""

    @property
    def has_ended(self) -> bool:
        """Whether the token is no longer known."""
        return self.last_day is not None and self.last_day < dt.datetime.now(dt.UTC).date()


ANYONE = Caller("", frozenset(Role))


class Tokens:
    """The known tokens; if there are none, everything is allowed to everybody."""

    def __init__(self, lines: str = "") -> None:
        """
        Args:
            lines: one token per line, in the form FORM; `#` begins a comment.

        Raises:
            TokensError: a line has another form, or a name is used twice.
        """
        self._callers = _parse(lines)
        self._rates = Rates()

    def __bool__(self) -> bool:
        return bool(self._callers)

    def replace(self, lines: str) -> None:
        """Know these tokens instead; rates go on being counted.

        Raises:
            TokensError: as when created, or there are none; nothing has changed then.
        """
        callers = _parse(lines)
        if not callers:
            raise TokensError("there are no tokens")
        self._callers = callers

    def require(
        self, authorization: str | None, role: Role, action: str = "", requests: int = 1
    ) -> Caller:
        """The caller that the `Authorization` header identifies.

        Args:
            authorization: the header.
            role: that the caller needs.
            action: the route, for the audit log.
            requests: what the request counts as, against the caller's rate.

        Raises:
            Problem: 401 if the token is missing or unknown, 403 if it lacks the role, 429 if the
                caller has sent too much, 422 if it sends more at once than it ever may.
        """
        if not self._callers:
            return ANYONE
        caller = self._caller(authorization)
        try:
            return self._allowed(caller, role, requests)
        except Problem as problem:
            audit.refused(caller.name if caller else None, action or role, problem.status)
            metrics.TOKEN_REFUSALS.labels(_reason(authorization, caller, problem)).inc()
            raise

    def give_back(self, caller: Caller, requests: int = 1) -> None:
        """Have requests not count against the caller's rate: they were refused because the gateway
        was crowded, or because a part of it was out."""
        if caller.rate:
            self._rates.give_back(caller.name, caller.rate, requests, caller.counted_at)

    def _allowed(self, caller: Caller | None, role: Role, requests: int) -> Caller:
        if caller is None:
            raise unknown()
        if caller.has_ended:
            raise unknown(f"has a token whose last day was {caller.last_day}")
        if not caller.roles & {role, Role.ADMIN}:
            raise forbidden(caller.name, role)
        if caller.rate:
            counted_at = self._rates.count(caller.name, caller.rate, requests)
            return caller._replace(counted_at=counted_at)
        return caller

    def _caller(self, authorization: str | None) -> Caller | None:
        """The caller, whose token may have ended."""
        scheme, _, token = (authorization or "").partition(" ")
        digest = hashlib.sha256(token.strip().encode()).digest()
        match = None
        # All are compared, each in constant time, so that the duration reveals nothing.
        for known, caller in self._callers:
            if hmac.compare_digest(known, digest):
                match = caller
        return match if scheme.lower() == "bearer" else None


def unknown(detail: str = UNKNOWN) -> Problem:
    """The 401 for a token that is missing, unknown, or past its end."""
    field = FieldError("Authorization", detail)
    return Problem.of(HTTPStatus.UNAUTHORIZED, field, headers=_CHALLENGE)


def forbidden(name: str, role: Role) -> Problem:
    """The 403 for a caller without the role."""
    return Problem(HTTPStatus.FORBIDDEN, f"{name} lacks the role {role}")


def caller_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Caller:
    """The caller that a guard of the route let through."""
    caller: Caller = connection.scope["state"]["caller"]
    return caller


def requires(role: Role) -> Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], None]:
    """A guard for Litestar's routes: the caller must have the role."""

    def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        tokens: Tokens = connection.app.state.tokens
        header = connection.headers.get("authorization")
        action = getattr(handler, "operation_id", None) or role
        connection.scope["state"]["caller"] = tokens.require(header, role, str(action))

    return guard


def new(name: str, roles: str) -> tuple[str, str]:
    """A new token, and its line for the settings.

    Raises:
        TokensError: the name or a role is invalid.
    """
    token = secrets.token_urlsafe(32)
    line = f"{name} {roles} {hashlib.sha256(token.encode()).hexdigest()}"
    if len(Tokens(line)._callers) != 1:
        raise TokensError(f"{name!r} is not a valid name")
    return token, line


def _reason(authorization: str | None, caller: Caller | None, problem: Problem) -> str:
    """Why a token was refused, for the metrics."""
    match problem.status:
        case HTTPStatus.FORBIDDEN:
            return "role"
        case HTTPStatus.TOO_MANY_REQUESTS | HTTPStatus.UNPROCESSABLE_ENTITY:
            return "rate"
    if not authorization:
        return "missing"
    return "expired" if caller else "unknown"


def _parse(lines: str) -> list[tuple[bytes, Caller]]:
    callers: list[tuple[bytes, Caller]] = []
    names: set[str] = set()
    for number, line in enumerate(lines.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            digest, caller = _parse_line(words)
        except ValueError:
            raise TokensError(f"line {number} is not {FORM}") from None
        if caller.name in names:
            raise TokensError(f"the name {caller.name} is used twice")
        names.add(caller.name)
        callers.append((digest, caller))
    return callers


def _parse_line(words: list[str]) -> tuple[bytes, Caller]:
    """Raises ValueError."""
    name, roles, digest, *options = words
    known = bytes.fromhex(digest)
    if len(known) != hashlib.sha256().digest_size:
        raise ValueError(digest)
    rate = last_day = None
    for option in options:
        if (until := _UNTIL.fullmatch(option)) and last_day is None:
            last_day = dt.date.fromisoformat(until[1])
        elif rate is None:
            rate = Rate.parse(option)
        else:
            raise ValueError(option)
    return known, Caller(name, frozenset(map(Role, roles.split(","))), rate, last_day)
