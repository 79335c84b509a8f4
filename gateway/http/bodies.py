"""Reads request bodies: in time, under a limit, and not too many at once."""

from __future__ import annotations

import json_body
from gateway.http.exchange import Exchange
from gateway.http.rsgi import HTTPProtocol, ProtocolError
from problem_details import Problem

# Each takes up to 64 KiB of memory, and a slow client keeps one for as long as a request may take.
MAX_UNFINISHED = 512
DISCARD_SECONDS = 0.5


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
        self._arrivals = json_body.Arrivals(max_unfinished)

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
        header = exchange.headers.get
        length = header("content-length", "")
        json_body.check(
            header("content-type", ""),
            header("content-encoding", ""),
            length,
            self._max_bytes,
            media_type,
        )
        try:
            return await self._receive(exchange, protocol, self._seconds)
        except TimeoutError:
            raise json_body.too_slow(self._seconds) from None

    async def discard(self, exchange: Exchange, protocol: HTTPProtocol) -> bool:
        """Receive the body of a request that is refused anyway.

        A connection that is closed with unread data is reset, and a client that is still sending
        would not see the refusal.

        Returns:
            Whether the connection can be used again.
        """
        if "expect" in exchange.headers:
            return False  # the client sends its body only when the gateway begins to read
        try:
            json_body.check_length(exchange.headers.get("content-length", ""), self._max_bytes)
            await self._receive(exchange, protocol, DISCARD_SECONDS)
        except (Problem, TimeoutError):
            return False
        return True

    async def _receive(self, exchange: Exchange, protocol: HTTPProtocol, seconds: float) -> bytes:
        try:
            async with self._arrivals.arrival(seconds):
                # Without a declared length the server would collect the body without a limit.
                if exchange.headers.get("content-length"):
                    return await protocol()
                return await self._read_chunks(protocol)
        except ProtocolError:
            raise json_body.broken() from None

    async def _read_chunks(self, protocol: HTTPProtocol) -> bytes:
        body = b""
        ended = False
        async for chunk in protocol:
            # The server passes on an empty chunk at the end, in place of a malformed one, and of
            # trailers. Only at the end nothing follows.
            if ended:
                raise json_body.broken()
            ended = not chunk
            body += chunk
            if len(body) > self._max_bytes:
                raise json_body.too_long(self._max_bytes)
        return body
