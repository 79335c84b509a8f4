"""Uvicorn server with graceful drain, request deadlines and bounded connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import cast

import uvicorn

from gateway.http.app import HEADERS
from gateway.http.middleware import HTTPApp
from gateway.server.limits import FRESH_SECONDS, most_connections
from gateway.server.shedding import Door
from gateway.settings import Settings

TICKS_PER_SECOND = 10  # uvicorn's
# Longer than load balancers keep idle connections, so that none closes during a request.
KEEP_ALIVE_SECONDS = 75


class Server(uvicorn.Server):
    """A first SIGTERM or SIGINT starts the drain, then the shutdown; a second skips the drain."""

    def __init__(
        self,
        create_app: Callable[[Callable[[], bool]], HTTPApp],
        settings: Settings,
        *,
        is_crowded: Callable[[int], bool],
    ) -> None:
        """
        Args:
            create_app: returns the application; it is given a function that tells whether the
                server is draining.
            settings: the gateway's.
            is_crowded: whether a new comment would wait too long, given the number of requests
                in progress.
        """
        config = uvicorn.Config(
            create_app(lambda: self.is_draining),
            host=settings.gateway_host,
            port=settings.gateway_port,
            http=Door,
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,  # the client's address is not used
            headers=HEADERS,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=int(settings.gateway_shutdown_seconds),
        )
        super().__init__(config)
        Door.is_crowded = staticmethod(is_crowded)
        self._drain_seconds = settings.gateway_drain_seconds
        self._request_seconds = settings.gateway_request_seconds
        self.is_draining = False
        self._most_connections = most_connections()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.is_draining or not self._drain_seconds:
            self.is_draining = True
            super().handle_exit(sig, frame)
            return
        self.is_draining = True
        loop = asyncio.get_running_loop()
        leave = partial(super().handle_exit, sig, frame)
        loop.call_soon_threadsafe(loop.call_later, self._drain_seconds, leave)

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_PER_SECOND == 0:
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
