"""Refuses heads of requests that different parsers may read differently, or that are not for us."""

from __future__ import annotations

from http import HTTPStatus

import host_guard
from gateway.http.access.tokens import Tokens
from gateway.http.rsgi import Headers, Scope
from gateway.settings import Settings
from problem_details import FieldError, Problem


def _bad(header: str, detail: str) -> Problem:
    return Problem.of(HTTPStatus.BAD_REQUEST, FieldError(header, detail))


BAD_HOST = _bad("Host", "must be given once")


class HeadCheck:
    """The check of a request's head, beyond what the server's parser refuses."""

    def __init__(self, settings: Settings, tokens: Tokens) -> None:
        # A gateway that admits everybody on this machine must not obey other machines' web pages.
        guards = settings.on_loopback and settings.gateway_auth != "none"
        self._tokens = tokens
        self._local_names = host_guard.local_names(settings.gateway_host) if guards else None

    def find_problem(self, scope: Scope, headers: Headers) -> Problem | None:
        """The reason to refuse the request, if there is one."""
        hosts = headers.get_all("host")
        if len(hosts) > 1 or (not hosts and scope.http_version != "1"):
            return BAD_HOST
        if len(headers.get_all("authorization")) > 1:
            return _bad("Authorization", "must be given once")
        codings = headers.get_all("transfer-encoding")
        if codings and [coding.strip().lower() for coding in codings] != ["chunked"]:
            return _bad("Transfer-Encoding", "must be chunked")
        if self._local_names and not (
            self._tokens or host_guard.is_local(hosts, self._local_names)
        ):
            return host_guard.MISDIRECTED
        return None
