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
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from gateway.http.disconnect import ClientDisconnectedError

__all__ = ["Pipe", "pipe"]

BUFFER_BYTES = 1024 * 1024
LOOK_SECONDS = 0.005
"""Between two looks at whether the server has begun to read; a pipe tells nobody."""
BEGIN_SECONDS = 10.0
"""The server begins at once, unless the client has an earlier answer to read."""


class Pipe:
    """The writing end; `path` is a file to read it from."""

    def __init__(self, reading: int, writing: int) -> None:
        self.path = f"/dev/fd/{reading}"
        self._reading: int | None = reading
        self._writing = writing

    async def send(self, data: bytes) -> None:
        """Write a piece; returns when the reader has made room for all of it.

        Raises:
            ClientDisconnectedError: the reader has gone.
        """
        rest = memoryview(data)
        while rest:
            try:
                written = os.write(self._writing, rest)
            except BlockingIOError:
                await self._room()
            except BrokenPipeError:
                raise ClientDisconnectedError from None
            else:
                rest = rest[written:]
                await self._hand_over(written)

    async def _room(self) -> None:
        """Wait until the pipe has room, or no reader."""
        loop = asyncio.get_running_loop()
        room = asyncio.Event()
        loop.add_writer(self._writing, room.set)
        try:
            await room.wait()
        finally:
            loop.remove_writer(self._writing)

    async def _hand_over(self, written: int) -> None:
        """After the first bytes, close our reading end once the server has opened its own, as its
        first read shows. From then on, writing fails when the server has closed it."""
        if self._reading is None:
            return
        try:
            async with asyncio.timeout(BEGIN_SECONDS):
                while _unread(self._reading) == written:  # noqa: ASYNC110
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            raise ClientDisconnectedError from None
        os.close(self._reading)
        self._reading = None

    def close(self) -> None:
        """What was written can still be read."""
        os.close(self._writing)
        if self._reading is not None:
            os.close(self._reading)


@contextmanager
def pipe() -> Iterator[Pipe]:
    """A pipe for the time of the block, which must send something.

    To be left by cancellation if the reader may have gone before it opened the path.
    """
    reading, writing = os.pipe()
    ends = Pipe(reading, writing)
    try:
        os.set_blocking(writing, False)
        # Linux alone; elsewhere a pipe grows by itself.
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            with suppress(OSError):  # the system bounds the sum of a user's pipes
                fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, BUFFER_BYTES)
        yield ends
    finally:
        ends.close()


def _unread(descriptor: int) -> int:
    """Bytes in a pipe."""
    count = array.array("i", [0])
    fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return count[0]
