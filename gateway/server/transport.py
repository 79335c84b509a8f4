"""A transport that writes once a turn of the event loop."""

from __future__ import annotations

import asyncio
from typing import Any


class Gathering:
    """Uvicorn writes the head and the body of an answer one after the other, and to write is the
    dearest part of an answer. Here what is written in one turn of the loop goes out together."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._written: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._written:
            self._loop.call_soon(self._flush)
        self._written.append(data)

    def close(self) -> None:
        """What was written goes out first."""
        self._flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _flush(self) -> None:
        if self._written:
            if not self._transport.is_closing():
                self._transport.write(b"".join(self._written))
            self._written.clear()
