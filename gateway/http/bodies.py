"""Reads request bodies: in time, under a limit, and not too many at once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import json_body
from gateway.http.exchange import Exchange
from gateway.http.rsgi import HTTPProtocol, ProtocolClosed, ProtocolError
from json_body import Arrivals
from problem_details import Problem

# Each takes up to 64 KiB of memory, and a slow client keeps one for as long as a request may take.
MAX_UNFINISHED = 256
DISCARD_SECONDS = 0.5
# A longer body that is discarded is dropped piece by piece.
COLLECT_MAX_BYTES = 64 * 1024


class Bodies:
    """The bodies that are being received."""

    def __init__(
        self, seconds: float, max_bytes: int, max_unfinished: int = MAX_UNFINISHED
    ) -> None:
        """
        Args:
            seconds: time limit for the arrival of one.
            max_bytes: length of one.
            max_unfinished: that may be arriving at once.
        """
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._arrivals = Arrivals(max_unfinished)
        # Strangers, who get nothing but refusals, must not take the room of others.
        self._discards = Arrivals(max(1, max_unfinished // 8))

    async def read(
        self,
        exchange: Exchange,
        protocol: HTTPProtocol,
        media_type: str = json_body.MEDIA_TYPE,
    ) -> bytes:
        """The whole body of a request, which must be of the media type.

        Raises:
            Problem: 413 or 415 by its headers; 400 if it is broken, 408 if it does not arrive in
                time, 503 if too many others are arriving.
        """
        headers = exchange.headers
        length = headers.get("content-length", "")
        size = json_body.check(
            ", ".join(headers.get_all("content-type")),
            ", ".join(headers.get_all("content-encoding")),
            length,
            self._max_bytes,
            media_type,
        )
        try:
            return await self._receive(protocol, size, is_sized=bool(length))
        except TimeoutError:
            raise json_body.too_slow(self._seconds) from None
        except (ProtocolClosed, ProtocolError):
            raise json_body.broken() from None

    async def discard(self, exchange: Exchange, protocol: HTTPProtocol) -> bool:
        """Receive the body of a request that is refused anyway.

        A connection that is closed with unread data is reset, and a client that is still sending
        would not see the refusal.

        Returns:
            Whether the connection can be used again.
        """
        if "expect" in exchange.headers:
            return False  # the client sends its body only when the gateway begins to read
        length = exchange.headers.get("content-length", "")
        try:
            size = json_body.check_length(length, self._max_bytes)
            async with self._discards.arrival(DISCARD_SECONDS, size):
                if length and size <= COLLECT_MAX_BYTES:
                    await protocol()  # the fastest way
                else:
                    async for chunk in self._chunks(protocol):
                        del chunk
        except (Problem, ProtocolClosed, ProtocolError, TimeoutError):
            return False
        return True

    async def _receive(self, protocol: HTTPProtocol, size: int, *, is_sized: bool) -> bytes:
        async with self._arrivals.arrival(self._seconds, size):
            # Without a declared length the server would collect the body without a limit.
            if is_sized:
                return await protocol()
            body = bytearray()  # to which many small chunks are added in linear time
            async for chunk in self._chunks(protocol):
                body += chunk
                del chunk  # or it would stay until the next one comes
            return bytes(body)

    async def _chunks(self, protocol: HTTPProtocol) -> AsyncIterator[bytes]:
        size = 0
        ended = False
        async for chunk in protocol:
            # The server passes on an empty chunk at the end, in place of a malformed one, and of
            # trailers. Only at the end nothing follows.
            if ended:
                raise json_body.broken()
            ended = not chunk
            size += len(chunk)
            if size > self._max_bytes:
                raise json_body.too_long(self._max_bytes)
            yield chunk
            del chunk
