"""Granian's HTTP server in this process and event loop, with a graceful end.

Hyper parses requests and bounds their heads. It answers a malformed or oversized one by itself,
with 400 or 431 and an empty body, without calling the application.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Coroutine
from typing import Any

# Memory that the server's allocator, jemalloc, no longer uses goes back to the system after a
# second, also when no request comes. By default a burst's memory would stay for as long as the
# server is idle. It is read when Granian is loaded.
os.environ.setdefault("_RJEM_MALLOC_CONF", "background_thread:true,dirty_decay_ms:1000")

import uvloop
from granian._granian import SocketHolder
from granian.asgi import LifespanProtocol
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.server.embed import Server as GranianServer

import server_socket
from certificate import Certificate, RenewedServer, StoppableServer
from environment import SettingsError

__all__ = ["Interfaces", "Server", "run", "serve"]

# The largest at which the limit does not depend on how the head is cut into packets.
HEAD_MAX_BYTES = 16 * 1024
BACKLOG = 2_048
MAX_CONNECTIONS = 4_096
# Also the time limit for a head. Longer than load balancers keep idle connections, so that none
# closes during a request.
IDLE_SECONDS = 75
POLL_SECONDS = 0.05
# For a moment a request may be on its way from the socket to the application.
IDLE_BEFORE_END_SECONDS = 1.0


class Server:
    """One listening socket and its connections."""

    def __init__(
        self,
        app: Any,
        interface: Interfaces,
        host: str,
        port: int,
        setting: str,
        *,
        idle_seconds: int = IDLE_SECONDS,
        max_connections: int = MAX_CONNECTIONS,
        certificate: Certificate | None = None,
    ) -> None:
        """Bind the socket.

        Args:
            app: an application of that interface, ASGI or RSGI.
            interface: how the application is called.
            host: the address to listen on.
            port: the port to listen on.
            setting: the name of the port's setting.
            idle_seconds: time limit of an idle connection, and of the head of a request.
            max_connections: beyond it new connections wait in the backlog.
            certificate: for HTTPS alone; followed when it changes. Without it, HTTP alone.

        Raises:
            SettingsError: the address cannot be used.
        """
        self._port = port
        files = server_socket.raise_file_limit(2 * max_connections)
        try:
            self._listener = server_socket.listen(host, port, BACKLOG)
        except OSError as error:
            reason = f"cannot listen on {host}:{port}: {error.strerror}"
            raise SettingsError(f"{setting}='{port}': {reason}") from None

        # With a certificate there are several servers, and the application lives as long as all.
        self._lifespan = None
        if certificate and interface is Interfaces.ASGI:
            self._lifespan = LifespanProtocol(app)  # type: ignore[no-untyped-call]
            interface = Interfaces.ASGINL

        def make() -> StoppableServer:
            granian = _Granian(
                app,
                address=host,
                port=port,
                interface=interface,
                http=HTTPModes.http1,
                websockets=False,
                log_enabled=False,
                backlog=BACKLOG,
                # Without a free file the server would spin in accepting connections.
                backpressure=min(max_connections, files // 2),
                http1_settings=HTTP1Settings(
                    header_read_timeout=idle_seconds * 1_000, max_buffer_size=HEAD_MAX_BYTES
                ),
                ssl_cert=certificate.chain if certificate else None,
                ssl_key=certificate.key if certificate else None,
                ssl_protocol_min=SSLProtocols.tls13,
            )
            granian.listener = self._listener.dup()
            return granian

        self._server = RenewedServer(certificate, make) if certificate else make()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> asyncio.Task[None]:
        """Accept connections; the task ends when the server does."""
        self._task = asyncio.get_running_loop().create_task(self._serve())
        return self._task

    async def _serve(self) -> None:
        if not self._lifespan:
            await self._server.serve()
            return
        await self._lifespan.startup()  # type: ignore[no-untyped-call]
        if self._lifespan.interrupt:
            raise RuntimeError("the application does not start") from self._lifespan.exc
        try:
            await self._server.serve()
        finally:
            await self._lifespan.shutdown()  # type: ignore[no-untyped-call]

    async def stop(self, seconds: float, is_idle: Callable[[], bool] | None = None) -> bool:
        """Close the socket and all idle connections, and let requests in progress finish.

        Args:
            seconds: time limit.
            is_idle: whether no request is in progress. Without it, an unfinished head of a request
                is waited for. Answers that clients are reading are waited for in any case.

        Returns:
            Whether all connections have ended.
        """
        assert self._task  # noqa: S101 - it was started
        self._server.stop()
        self._listener.close()
        deadline = asyncio.get_running_loop().time() + seconds
        idle_polls = 0
        while not self._task.done() and asyncio.get_running_loop().time() < deadline:
            await asyncio.wait({self._task}, timeout=POLL_SECONDS)
            idle_polls = idle_polls + 1 if is_idle and is_idle() else 0
            if idle_polls * POLL_SECONDS > IDLE_BEFORE_END_SECONDS:
                if not server_socket.are_answers_unread(self._port):
                    break
                idle_polls = 0
        return self._task.done()


async def serve(
    server: Server,
    *,
    drain_seconds: float = 0.0,
    shutdown_seconds: float,
    on_drain: Callable[[], None] = lambda: None,
    is_idle: Callable[[], bool] | None = None,
    needs: asyncio.Task[None] | None = None,
) -> bool:
    """Serve until SIGTERM or SIGINT: drain, then stop. A second signal skips the drain.

    Args:
        server: not started yet.
        drain_seconds: time between the first signal and the stop.
        shutdown_seconds: time limit of the stop.
        on_drain: called at the first signal.
        is_idle: as in `Server.stop`.
        needs: a task without which there is nothing to serve: its failure stops the server at once.

    Returns:
        Whether all connections have ended.

    Raises:
        RuntimeError: the server ended by itself.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def on_signal() -> None:
        if draining.done():
            stop.set()
        else:
            draining.set_result(None)
            on_drain()
            loop.call_later(drain_seconds, stop.set)

    draining: asyncio.Future[None] = loop.create_future()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)

    def on_needed(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception():
            stop.set()

    if needs:
        needs.add_done_callback(on_needed)
    serving = server.start()
    stopping = loop.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        raise RuntimeError("the HTTP server ended by itself") from serving.exception()
    return await server.stop(shutdown_seconds, is_idle)


def run(serving: Coroutine[Any, Any, bool]) -> None:
    """Run a service until it ends, and the process with it if connections have not ended.

    Args:
        serving: the service; returns whether all connections have ended.
    """

    async def main() -> None:
        if not await serving:
            # The server's threads would wait for the connections, and their requests, cancelled
            # at the end of the loop, would log errors.
            os._exit(0)

    uvloop.run(main())


class _Granian(GranianServer):
    """Granian on a socket of ours. Its own sets SO_REUSEPORT, with which a second server on the
    port would start and take half of the connections, and it accepts no host names."""

    listener: socket.socket

    def _init_shared_socket(self) -> None:
        holder = SocketHolder(self.listener.detach(), False, self.backlog)  # type: ignore[call-arg]
        self._shd = holder  # type: ignore[assignment]
