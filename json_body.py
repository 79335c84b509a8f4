"""JSON request bodies under a limit, read from an ASGI server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from problem_details import FieldError, Problem

Receive = Callable[[], Awaitable[Any]]

MEDIA_TYPE = b"application/json"
# A longer Content-Length is larger than any limit; `int` refuses one of 4,301 digits and more.
_LENGTH_MAX_DIGITS = 19


class ClientDisconnectedError(Exception):
    """The client closed the connection before it had its answer."""


async def read(headers: Mapping[bytes, bytes], receive: Receive, max_bytes: int) -> bytes:
    """The whole body.

    Args:
        headers: of the request, with names in lower case.
        receive: ASGI's.
        max_bytes: length the body may have.

    Raises:
        Problem: 415 for another type or a compressed body, 413 for one that is too long; if its
            length is declared, before it is read.
        ClientDisconnectedError: the body was not sent to its end.
    """
    media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if media_type != MEDIA_TYPE:
        raise _unsupported("Content-Type", f"must be {MEDIA_TYPE.decode()}")
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise _unsupported("Content-Encoding", "must be identity")
    declared = headers.get(b"content-length", b"0").lstrip(b"0") or b"0"
    if len(declared) > _LENGTH_MAX_DIGITS or int(declared) > max_bytes:
        raise _too_long(max_bytes)
    chunks: list[bytes] = []
    length = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnectedError
        chunk = message.get("body", b"")
        length += len(chunk)
        if length > max_bytes:
            raise _too_long(max_bytes)
        chunks.append(chunk)
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _unsupported(header: str, detail: str) -> Problem:
    return Problem.of(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, FieldError(header, detail))


def _too_long(max_bytes: int) -> Problem:
    return Problem.of(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        FieldError("body", f"must have at most {max_bytes:,} bytes"),
    )
