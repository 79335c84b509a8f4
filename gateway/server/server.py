"""Uvicorn, taught to drain and to be impatient.

It keeps answering for a while after it says that it is not ready, and it cuts off requests that do
not come to an end, and connections on which nothing is asked.
"""

from __future__ import annotations

import asyncio
from functools import partial
from types import FrameType
from typing import cast

import uvicorn

from gateway.server.limits import FRESH_SECONDS, most_connections
from gateway.server.shedding import Door

TICKS_A_SECOND = 10  # uvicorn's


class Server(uvicorn.Server):
    """A first SIGTERM or SIGINT starts the drain, then the shutdown; a second one hurries."""

    def __init__(
        self, config: uvicorn.Config, *, drain_seconds: float, request_seconds: float
    ) -> None:
        """
        Args:
            config: with `Door` as its protocol; `timeout_keep_alive` also counts for who never
                asked.
            drain_seconds: between the first signal and the shutdown.
            request_seconds: time that a request has to come, head and body.
        """
        super().__init__(config)
        self._drain_seconds = drain_seconds
        self._request_seconds = request_seconds
        self.draining = False
        self._most_connections = most_connections()

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
            self._clear()
        return await super().on_tick(counter)

    def _clear(self) -> None:
        now = asyncio.get_running_loop().time()
        connections = self.server_state.connections
        Door.idle.close(since=now - self.config.timeout_keep_alive)
        excess = max(len(connections) - self._most_connections, 0)
        Door.idle.close(since=now - FRESH_SECONDS, most=excess)
        for connection in connections - Door.idle.keys():
            cast("Door", connection).cut_off(seconds=self._request_seconds)
