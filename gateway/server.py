"""Uvicorn, taught to drain and to be impatient.

It keeps answering for a while after it says that it is not ready, and it cuts off requests that do
not come to an end.
"""

from __future__ import annotations

import asyncio
from functools import partial
from types import FrameType
from typing import cast

import uvicorn

from gateway.door import Door

TICKS_A_SECOND = 10  # uvicorn's


class Server(uvicorn.Server):
    """A first SIGTERM or SIGINT starts the drain, then the shutdown; a second one hurries."""

    def __init__(
        self, config: uvicorn.Config, *, drain_seconds: float, request_seconds: float
    ) -> None:
        """
        Args:
            config: with `Door` as its protocol.
            drain_seconds: between the first signal and the shutdown.
            request_seconds: time that a request has to come, head and body.
        """
        super().__init__(config)
        self._drain_seconds = drain_seconds
        self._request_seconds = request_seconds
        self.draining = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.draining or not self._drain_seconds:
            self.draining = True
            super().handle_exit(sig, frame)
            return
        self.draining = True
        loop = asyncio.get_running_loop()
        leave = partial(super().handle_exit, sig, frame)
        loop.call_soon_threadsafe(loop.call_later, self._drain_seconds, leave)

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_A_SECOND == 0:
            for connection in self.server_state.connections.copy():
                cast("Door", connection).cut_off(seconds=self._request_seconds)
        return await super().on_tick(counter)
