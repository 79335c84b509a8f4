"""Checks that a URL serves Valence and accepts our requests, before any load."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

import requests

from loadtest.errors import LoadTestError, reason

TIMEOUT_SECONDS = 10


def headers(token: str) -> dict[str, str]:
    """The headers that authenticate a request; none without a token."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def check(url: str, token: str = "") -> None:
    """Ask the gateway at a base URL, without recording anything there.

    Raises:
        LoadTestError: it cannot be reached, is no Valence, or does not accept the token for
            reading and submitting.
    """
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise LoadTestError(f"{url}: not a URL like http://127.0.0.1:8000")
    with requests.Session() as session:
        session.headers.update(headers(token))
        listing = _ask(session, url, "GET", HTTPStatus.OK)
        if b'"comments"' not in listing:
            raise LoadTestError(f"{url}: not Valence: the answer to GET /comments has no comments")
        _ask(session, url, "POST", HTTPStatus.UNPROCESSABLE_ENTITY)


def _ask(session: requests.Session, url: str, method: str, expected: HTTPStatus) -> bytes:
    """GET one comment, or POST an empty one."""
    query = {"limit": 1} if method == "GET" else None
    body = {"comment": ""} if method == "POST" else None
    try:
        answer = session.request(
            method, f"{url}/comments", params=query, json=body, timeout=TIMEOUT_SECONDS
        )
    except requests.RequestException as error:
        raise LoadTestError(f"{url}: cannot be reached: {reason(error)}") from None
    result = f"{method} {urlsplit(answer.url).path} gave {answer.status_code}"
    if answer.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        given = "Authorization" in session.headers
        problem = "the token is refused" if given else "a token is needed (--token)"
        raise LoadTestError(f"{url}: {problem}: {result}")
    if answer.status_code != expected:
        raise LoadTestError(f"{url}: not a working Valence: {result}")
    return answer.content
