"""An answer's body in pieces, no faster than the client reads.

The server's own streams have no back pressure: they keep in memory what a slow client has not read.
But it reads files piece by piece, as the client makes room, and a pipe is a file.
"""

from __future__ import annotations

import array
import asyncio
import fcntl
import os
import termios
from asyncio.streams import FlowControlMixin
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

__all__ = ["Pipe", "pipe"]

BUFFER_BYTES = 1024 * 1024
LOOK_SECONDS = 0.005
"""Between two looks at whether the server has read the end; a pipe tells nobody."""


class Pipe:
    """The writing end; `path` is a file to read it from."""

    def __init__(self, path: str, writer: asyncio.StreamWriter) -> None:
        self.path = path
        self._writer = writer

    async def send(self, data: bytes) -> None:
        """Write a piece; returns when the reader has made room for the next one."""
        self._writer.write(data)
        await self._writer.drain()


@asynccontextmanager
async def pipe() -> AsyncIterator[Pipe]:
    """A pipe for the time of the block, which ends when all that was written has been read.

    To be left by cancellation if the reader may have gone.
    """
    loop = asyncio.get_running_loop()
    reading, writing = os.pipe()
    try:
        # Linux alone; elsewhere a pipe grows by itself.
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            fcntl.fcntl(reading, fcntl.F_SETPIPE_SZ, BUFFER_BYTES)
        transport, protocol = await loop.connect_write_pipe(
            lambda: FlowControlMixin(loop), _Descriptor(writing)
        )
        try:
            yield Pipe(f"/dev/fd/{reading}", asyncio.StreamWriter(transport, protocol, None, loop))
        except BaseException:
            transport.abort()
            raise
        transport.close()
        while transport.get_write_buffer_size() or _unread(reading):  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        os.close(reading)


class _Descriptor:
    """A file for uvloop, which closes its descriptor and then the file as well.

    A real file's `close` would close the descriptor a second time, when a thread of the server may
    have opened another file or connection under its number.
    """

    def __init__(self, number: int) -> None:
        self._number = number

    def fileno(self) -> int:
        return self._number

    def close(self) -> None:
        """Nothing is left to close."""


def _unread(descriptor: int) -> int:
    """Bytes in a pipe."""
    count = array.array("i", [0])
    fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return count[0]
