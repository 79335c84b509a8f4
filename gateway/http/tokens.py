"""Who may do what: bearer tokens, known by their SHA-256 only."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from enum import StrEnum
from http import HTTPStatus
from typing import NamedTuple

from gateway.http.problems import Problem

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="valence"'}


class Role(StrEnum):
    """What a token allows; `admin` allows all."""

    SUBMIT = "submit"
    READ = "read"
    ADMIN = "admin"


class TokensError(Exception):
    """A line is not of the form `NAME ROLE[,ROLE…] SHA256`."""


class Caller(NamedTuple):
    """Who sends a request."""

    name: str
    roles: frozenset[Role]


ANYONE = Caller("", frozenset(Role))


class Tokens:
    """All tokens there are; without any, everybody may do everything."""

    def __init__(self, lines: str = "") -> None:
        """
        Args:
            lines: one token a line, `NAME ROLE[,ROLE…] SHA256`; `#` begins a comment.

        Raises:
            TokensError: a line is of another form, or a name comes twice.
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
                raise TokensError(f"line {number} names {name} again")
            names.add(name)
            self._callers.append((known, caller))

    def __bool__(self) -> bool:
        return bool(self._callers)

    def require(self, authorization: str | None, role: Role) -> Caller:
        """The caller that the `Authorization` header proves.

        Raises:
            Problem: 401 without a token that is known, 403 if it does not allow the role.
        """
        if not self._callers:
            return ANYONE
        caller = self._caller(authorization)
        if caller is None:
            raise Problem(
                HTTPStatus.UNAUTHORIZED,
                "must be Bearer and a token that is known",
                field="Authorization",
                headers=_CHALLENGE,
            )
        if not caller.roles & {role, Role.ADMIN}:
            raise Problem(HTTPStatus.FORBIDDEN, f"{caller.name} may not {role}")
        return caller

    def _caller(self, authorization: str | None) -> Caller | None:
        scheme, _, token = (authorization or "").partition(" ")
        digest = hashlib.sha256(token.strip().encode()).digest()
        found = None
        # All are compared, in constant time each: how long it takes tells nothing.
        for known, caller in self._callers:
            if hmac.compare_digest(known, digest):
                found = caller
        return found if scheme.lower() == "bearer" else None


def new(name: str, roles: str) -> tuple[str, str]:
    """A new token, and the line that makes it known.

    Raises:
        TokensError: the name or a role cannot be used.
    """
    token = secrets.token_urlsafe(32)
    line = f"{name} {roles} {hashlib.sha256(token.encode()).hexdigest()}"
    if len(Tokens(line)._callers) != 1:
        raise TokensError(f"{name!r} cannot be a name")
    return token, line
