"""Uvicorn, taught to drain: it keeps answering for a while after it says that it is not ready."""

from __future__ import annotations

import asyncio
from functools import partial
from types import FrameType

import uvicorn


class Server(uvicorn.Server):
    """A first SIGTERM or SIGINT starts the drain, then the shutdown; a second one hurries."""

    def __init__(self, config: uvicorn.Config, *, drain_seconds: float) -> None:
        super().__init__(config)
        self._drain_seconds = drain_seconds
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
