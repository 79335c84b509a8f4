"""JSON request bodies: which are accepted, and how an ASGI service reads them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from problem_details import FieldError, Problem

Receive = Callable[[], Awaitable[Any]]

MEDIA_TYPE = "application/json"
# A longer Content-Length is larger than any limit; `int` refuses one of 4,301 digits and more.
_LENGTH_MAX_DIGITS = 19


class ClientDisconnectedError(Exception):
    """The client closed the connection before it had its answer."""


def check(content_type: str, content_encoding: str, content_length: str, max_bytes: int) -> None:
    """Refuse a body by its headers, before it is read.

    Raises:
        Problem: 415 for another type or a compressed body, 413 for one that is too long.
    """
    if content_type.partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise _unsupported("Content-Type", f"must be {MEDIA_TYPE}")
    if content_encoding.strip().lower() not in {"", "identity"}:
        raise _unsupported("Content-Encoding", "must be identity")
    check_length(content_length, max_bytes)


def check_length(content_length: str, max_bytes: int) -> None:
    """Refuse a body by its declared length.

    Raises:
        Problem: 413, it is too long.
    """
    digits = content_length.lstrip("0")
    if len(digits) > _LENGTH_MAX_DIGITS or int(digits or "0") > max_bytes:
        raise too_long(max_bytes)


async def read(
    headers: dict[bytes, bytes], receive: Receive, max_bytes: int, seconds: float
) -> bytes:
    """Read the whole body.

    Args:
        headers: of the request, with names in lower case.
        receive: ASGI's.
        max_bytes: length the body may have.
        seconds: time limit for its arrival.

    Raises:
        Problem: as of `check`; 408 for a body that does not arrive in time.
        ClientDisconnectedError: the body was not sent to its end.
    """
    content_type, content_encoding, content_length = (
        headers.get(name, b"").decode("latin-1")
        for name in (b"content-type", b"content-encoding", b"content-length")
    )
    check(content_type, content_encoding, content_length, max_bytes)
    try:
        async with asyncio.timeout(seconds):
            return await _read(receive, max_bytes)
    except TimeoutError:
        raise too_slow(seconds) from None


def too_long(max_bytes: int) -> Problem:
    """The 413 for a body beyond the limit."""
    return Problem.of(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        FieldError("body", f"must have at most {max_bytes:,} bytes"),
    )


def too_slow(seconds: float) -> Problem:
    """The 408 for a body that did not arrive in time."""
    return Problem.of(
        HTTPStatus.REQUEST_TIMEOUT, FieldError("body", f"did not arrive within {seconds:g} s")
    )


async def _read(receive: Receive, max_bytes: int) -> bytes:
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnectedError
        body += message.get("body", b"")
        if len(body) > max_bytes:
            raise too_long(max_bytes)
        more = message.get("more_body", False)
    return body


def _unsupported(header: str, detail: str) -> Problem:
    return Problem.of(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, FieldError(header, detail))
