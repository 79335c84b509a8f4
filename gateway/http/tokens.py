"""Bearer tokens and their roles. The gateway knows only the tokens' SHA-256."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from enum import StrEnum
from http import HTTPStatus
from typing import Any, NamedTuple

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from problem_details import FieldError, Problem

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="valence"'}


class Role(StrEnum):
    """A permission; `admin` includes all others."""

    SUBMIT = "submit"
    READ = "read"
    ADMIN = "admin"


class TokensError(Exception):
    """A line does not have the form `NAME ROLE[,ROLE…] SHA256`."""


class Caller(NamedTuple):
    """The sender of a request."""

    name: str
    roles: frozenset[Role]


ANYONE = Caller("", frozenset(Role))


class Tokens:
    """The known tokens; if there are none, everything is allowed to everybody."""

    def __init__(self, lines: str = "") -> None:
        """
        Args:
            lines: one token per line, `NAME ROLE[,ROLE…] SHA256`; `#` begins a comment.

        Raises:
            TokensError: a line has another form, or a name is used twice.
        """
        self._callers: list[tuple[bytes, Caller]] = []
        names: set[str] = set()
        for number, line in enumerate(lines.splitlines(), 1):
            words = line.partition("#")[0].split()
            if not words:
                continue
            try:
                name, roles, digest = words
                caller = Caller(name, frozenset(Role(role) for role in roles.split(",")))
                known = bytes.fromhex(digest)
            except ValueError:
                known = b""
            if len(known) != hashlib.sha256().digest_size:
                raise TokensError(f"line {number} is not NAME ROLE[,ROLE…] SHA256")
            if name in names:
                raise TokensError(f"line {number} uses the name {name} again")
            names.add(name)
            self._callers.append((known, caller))

    def __bool__(self) -> bool:
        return bool(self._callers)

    def require(self, authorization: str | None, role: Role) -> Caller:
        """The caller that the `Authorization` header identifies.

        Raises:
            Problem: 401 if the token is missing or unknown, 403 if it lacks the role.
        """
        if not self._callers:
            return ANYONE
        caller = self._caller(authorization)
        if caller is None:
            raise Problem.of(
                HTTPStatus.UNAUTHORIZED,
                FieldError("Authorization", "must be Bearer and a known token"),
                headers=_CHALLENGE,
            )
        if not caller.roles & {role, Role.ADMIN}:
            raise Problem(HTTPStatus.FORBIDDEN, f"{caller.name} may not {role}")
        return caller

    def _caller(self, authorization: str | None) -> Caller | None:
        scheme, _, token = (authorization or "").partition(" ")
        digest = hashlib.sha256(token.strip().encode()).digest()
        match = None
        # All are compared, each in constant time, so that the duration reveals nothing.
        for known, caller in self._callers:
            if hmac.compare_digest(known, digest):
                match = caller
        return match if scheme.lower() == "bearer" else None


def requires(role: Role) -> Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], None]:
    """A guard for Litestar's routes: the caller must have the role."""

    def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        tokens: Tokens = connection.app.state.tokens
        tokens.require(connection.headers.get("authorization"), role)

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
