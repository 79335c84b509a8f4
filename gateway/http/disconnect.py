"""Cancels the work for a request whose client has disconnected."""

from __future__ import annotations

import asyncio
from types import TracebackType

from gateway.http.rsgi import HTTPProtocol

# The check costs a task, and most requests finish earlier.
CHECK_AFTER_SECONDS = 0.25


class ClientDisconnectedError(Exception):
    """The client closed the connection before it had its answer."""


class WhileConnected:
    """Cancels its block if the client disconnects, and raises `ClientDisconnectedError`.

    The request's body must have been read.
    """

    def __init__(self, protocol: HTTPProtocol) -> None:
        self._protocol = protocol
        self._is_gone = False
        self._watch: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        self._task = task
        self._timer = loop.call_later(CHECK_AFTER_SECONDS, self._start_watch)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        if self._watch:
            self._watch.cancel()
        if self._is_gone and kind is asyncio.CancelledError and self._task.uncancel() == 0:
            raise ClientDisconnectedError

    def _start_watch(self) -> None:
        self._watch = asyncio.create_task(self._wait_for_disconnect())

    async def _wait_for_disconnect(self) -> None:
        await self._protocol.client_disconnect()
        self._is_gone = True
        self._task.cancel()
