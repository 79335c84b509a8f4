"""An RSGI application of a test, on the real HTTP server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from gateway.http.rsgi import HTTPProtocol, Scope
from http_server import Interfaces, Server
from processes import free_port
from tests.support.raw_http import Answer, ask

Respond = Callable[[Scope, HTTPProtocol], Awaitable[None]]


class RSGIServer:
    """The server; `errors` are the exceptions that the application raised."""

    def __init__(self, respond: Respond, port: int) -> None:
        self.address = ("127.0.0.1", port)
        self.errors: list[BaseException] = []
        self._respond = respond

    async def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        try:
            await self._respond(scope, protocol)
        except BaseException as error:
            self.errors.append(error)
            protocol.response_empty(500, [])

    async def ask(self, request: bytes) -> Answer:
        """Send the bytes and read one answer."""
        return await asyncio.to_thread(ask, self.address, request)


@asynccontextmanager
async def serve(respond: Respond) -> AsyncIterator[RSGIServer]:
    """Serve the application; at the end none of its exceptions may be left in `errors`."""
    server = RSGIServer(respond, free_port())
    listening = Server(server, Interfaces.RSGI, *server.address, "PORT")
    listening.start()
    try:
        yield server
    finally:
        await listening.stop(5)
    assert server.errors == []
