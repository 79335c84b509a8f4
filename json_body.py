"""JSON request bodies: which are accepted, and how an ASGI service reads them."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Any

from problem_details import NAME_MAX_CHARACTERS, FieldError, Problem, unprocessable

Receive = Callable[[], Awaitable[Any]]

MEDIA_TYPE = "application/json"
# When too many bodies are unfinished, the oldest makes room, unless it is younger than this.
MIN_SECONDS = 0.25
# Without room, a body may still arrive within this time, as nearly all of honest clients do.
PROMPT_SECONDS = 0.05
# That such bodies may have together.
PROMPT_BYTES = 4 * 1024 * 1024
# A longer Content-Length is larger than any limit; `int` refuses one of 4,301 digits and more.
_LENGTH_MAX_DIGITS = 19
# Two names and a string; a body with fewer quotes has no name twice, or a value that is no string.
_MIN_QUOTES_OF_A_REPEATED_NAME = 6


class Arrivals:
    """The bodies that are being received: each has a time limit, and so many may be unfinished."""

    def __init__(self, max_unfinished: int) -> None:
        """
        Args:
            max_unfinished: bodies. Each takes up to its limit of memory, and a slow client keeps
                one for as long as it may.
        """
        self._max_unfinished = max_unfinished
        self._unfinished: dict[asyncio.Timeout, float] = {}
        """When the reading of each began, the oldest first."""
        self._prompt_bytes = 0
        """That those may have for which there is no room, and which have PROMPT_SECONDS."""

    @contextlib.asynccontextmanager
    async def arrival(self, seconds: float, size: int) -> AsyncIterator[None]:
        """The time in which one body is read.

        Args:
            seconds: that it may take.
            size: bytes that it may have.

        Raises:
            TimeoutError: it did not arrive within `seconds`, or makes room for another.
            Problem: 503, too many are arriving, and it did not come at once.
        """
        now = asyncio.get_running_loop().time()
        if len(self._unfinished) >= self._max_unfinished and not self._cut_off_oldest(now):
            async with self._prompt_arrival(seconds, size):
                yield
            return
        deadline = asyncio.timeout(seconds)
        try:
            async with deadline:
                self._unfinished[deadline] = now
                yield
        finally:
            self._unfinished.pop(deadline, None)

    @contextlib.asynccontextmanager
    async def _prompt_arrival(self, seconds: float, size: int) -> AsyncIterator[None]:
        if self._prompt_bytes + size > PROMPT_BYTES:
            raise _crowded()
        self._prompt_bytes += size
        try:
            async with asyncio.timeout(min(seconds, PROMPT_SECONDS)):
                yield
        except TimeoutError:
            raise _crowded() from None
        finally:
            self._prompt_bytes -= size

    def _cut_off_oldest(self, now: float) -> bool:
        """Whether there is room now."""
        oldest, since = next(iter(self._unfinished.items()))
        if now - since < MIN_SECONDS:
            return False
        del self._unfinished[oldest]
        if not oldest.expired():
            oldest.reschedule(now)
        return True


def check(
    content_type: str,
    content_encoding: str,
    content_length: str,
    max_bytes: int,
    media_type: str = MEDIA_TYPE,
) -> int:
    """Refuse a body by its headers, before it is read. The values of headers of one name are
    joined by commas (RFC 9110, section 5.3).

    Returns:
        Bytes that the body may have.

    Raises:
        Problem: 415 for another type or a compressed body, 413 for one that is too long.
    """
    if content_type.partition(";")[0].strip().lower() != media_type:
        raise wrong_type(media_type)
    if content_encoding.strip().lower() not in {"", "identity"}:
        raise _unsupported("Content-Encoding", "must be identity")
    return check_length(content_length, max_bytes)


def check_length(content_length: str, max_bytes: int) -> int:
    """Refuse a body by its declared length.

    Returns:
        Bytes that the body may have: those declared, if any are.

    Raises:
        Problem: 413, it is too long.
    """
    digits = content_length.lstrip("0")
    if len(digits) > _LENGTH_MAX_DIGITS or int(digits or "0") > max_bytes:
        raise too_long(max_bytes)
    return int(digits or "0") if content_length else max_bytes


async def read(
    arrivals: Arrivals,
    headers: Sequence[tuple[bytes, bytes]],
    receive: Receive,
    max_bytes: int,
    seconds: float,
) -> bytes:
    """Read the whole body, without a byte order mark, which RFC 8259, section 8.1, allows to
    ignore.

    Args:
        arrivals: the service's.
        headers: of the request, with names in lower case.
        receive: ASGI's.
        max_bytes: length the body may have.
        seconds: time limit for its arrival.

    Raises:
        Problem: as of `check`; 408 for a body that does not arrive in time, 503 if too many
            others are arriving, 400 if it is broken.
    """
    content_type, content_encoding, content_length = (
        b", ".join(value for key, value in headers if key == name).decode("latin-1")
        for name in (b"content-type", b"content-encoding", b"content-length")
    )
    size = check(content_type, content_encoding, content_length, max_bytes)
    try:
        async with arrivals.arrival(seconds, size):
            body = await _read(receive, max_bytes)
            return body.removeprefix(codecs.BOM_UTF8)
    except TimeoutError:
        raise too_slow(seconds) from None


def refuse_repeated_names(body: bytes) -> None:
    """Refuse JSON with an object that has two members of one name: our decoder takes the last of
    them, and others the first (RFC 8259, section 4). What is no JSON is left to the decoder.

    Raises:
        Problem: 422, a name is given twice.
    """
    if body.count(b'"') < _MIN_QUOTES_OF_A_REPEATED_NAME:
        return
    with contextlib.suppress(ValueError, RecursionError):
        # Integers of any length are read, and in linear time.
        json.loads(body, object_pairs_hook=_unique, parse_int=str)


def wrong_type(media_type: str) -> Problem:
    """The 415 for a body that is not declared as of the media type."""
    return _unsupported("Content-Type", f"must be {media_type}")


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


def broken() -> Problem:
    """The 400 for a body that ended before its end."""
    return Problem.of(
        HTTPStatus.BAD_REQUEST, FieldError("body", "was not sent to its end, or is badly chunked")
    )


def _unique(members: list[tuple[str, object]]) -> None:
    names: set[str] = set()
    for name, _ in members:
        if name in names:
            # It may have half a surrogate pair.
            shown = name[:NAME_MAX_CHARACTERS].encode(errors="replace").decode()
            raise unprocessable(shown, "is given twice")
        names.add(name)


async def _read(receive: Receive, max_bytes: int) -> bytes:
    body = bytearray()  # to which many small pieces are added in linear time
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            # The server says so also of a badly chunked body.
            raise broken()
        body += message.pop("body", b"")
        if len(body) > max_bytes:
            raise too_long(max_bytes)
        more = message.get("more_body", False)
    return bytes(body)


def _crowded() -> Problem:
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "too many requests are arriving",
        headers={"Retry-After": "1"},
    )


def _unsupported(header: str, detail: str) -> Problem:
    return Problem.of(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, FieldError(header, detail))
