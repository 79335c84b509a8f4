"""Whether there is a Valence at a URL that lets us in: asked before any load."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from http import HTTPStatus
from urllib.parse import urlsplit

from loadtest.errors import LoadTestError

SECONDS = 10
_SHUT = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def headers(token: str) -> dict[str, str]:
    """What says who asks."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def check(url: str, token: str = "") -> None:
    """
    Raises:
        LoadTestError: it cannot be reached, is no Valence, or does not take the token for
            reading and submitting. Nothing is recorded there.
    """
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise LoadTestError(f"{url}: not a URL like http://127.0.0.1:8000")
    listing = _ask(f"{url}/comments?limit=1", token)
    if b'"comments"' not in listing:
        raise LoadTestError(f"{url}: not Valence: GET /comments gave something else")
    _ask(f"{url}/comments", token, {"comment": ""}, expect=HTTPStatus.UNPROCESSABLE_ENTITY)


def _ask(url: str, token: str, body: object = None, expect: int = HTTPStatus.OK) -> bytes:
    data = None if body is None else json.dumps(body).encode()
    sent = {"Content-Type": "application/json", **headers(token)}
    request = urllib.request.Request(url, data, sent)  # noqa: S310 - the scheme was looked at
    what = f"{request.get_method()} {urlsplit(url).path}"
    base = url.partition("/comments")[0]
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as response:  # noqa: S310
            status, answer = response.status, bytes(response.read())
    except urllib.error.HTTPError as error:
        status, answer = error.code, error.read()
    except urllib.error.URLError as error:
        raise LoadTestError(f"{base}: cannot be reached: {error.reason}") from None
    except (OSError, ValueError) as error:
        raise LoadTestError(f"{base}: cannot be reached: {error}") from None
    if status in _SHUT:
        given = "the token is refused" if token else "a token is needed (--token)"
        raise LoadTestError(f"{base}: {given}: {what} gave {status}")
    if status != expect:
        raise LoadTestError(f"{base}: not a Valence that works: {what} gave {status}")
    return answer
