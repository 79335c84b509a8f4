"""A server's certificate, which is renewed while the server runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from environment import SettingsError

__all__ = ["Certificate", "RenewedServer"]

PAUSE_SECONDS = 1.0
"""Between two looks at the files."""

_log = logging.getLogger(__name__)


class Certificate(NamedTuple):
    """The files of a certificate, with those that lead to its authority, and of its key, as PEM."""

    chain: Path
    key: Path

    def check(self, setting: str) -> None:
        """
        Args:
            setting: that names the certificate's file.

        Raises:
            SettingsError: a file cannot be read, or they do not belong together.
        """
        try:
            for file in self:
                file.read_bytes()
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*self)
        except OSError as error:
            # An SSLError is one, too.
            reason = error.strerror if not isinstance(error, ssl.SSLError) else error.reason
            where = f"{error.filename}: " if error.filename else ""
            raise SettingsError(
                f"{setting}='{self.chain}': with the key {self.key}: {where}{reason or error}"
            ) from None

    def read(self) -> tuple[bytes, bytes] | None:
        """The contents; None while they cannot be read."""
        with contextlib.suppress(OSError):
            return self.chain.read_bytes(), self.key.read_bytes()
        return None


class StoppableServer(Protocol):
    """Serves until it is stopped and its requests are answered."""

    async def serve(self) -> None: ...

    def stop(self) -> None: ...


class RenewedServer:
    """Servers of one socket, each with the certificate of its time.

    When the files change, a new server takes the new connections, and the old one ends as soon as
    its requests are answered. A connection that begins at this moment may be reset, or get no
    answer: the gateway then asks another replica.
    """

    def __init__(
        self,
        certificate: Certificate,
        make: Callable[[], StoppableServer],
        pause: float = PAUSE_SECONDS,
    ) -> None:
        """
        Args:
            certificate: to be looked at.
            make: a server with the certificate as it is, on the socket of all.
            pause: seconds between two looks.
        """
        self._certificate = certificate
        self._make = make
        self._pause = pause
        self._server = make()
        self._is_stopping = asyncio.Event()

    async def serve(self) -> None:
        """Serve until `stop`, and all requests are answered."""
        present = self._certificate.read()
        servers = [asyncio.ensure_future(self._server.serve())]
        stopping = asyncio.ensure_future(self._is_stopping.wait())
        while not (stopping.done() or servers[-1].done()):
            await asyncio.wait(
                {stopping, servers[-1]},
                timeout=self._pause,
                return_when=asyncio.FIRST_COMPLETED,
            )
            found = self._certificate.read()
            if found == present or stopping.done():
                continue
            present = found
            if successor := self._renew():
                servers.append(asyncio.ensure_future(successor.serve()))
                self._server.stop()
                self._server = successor
        stopping.cancel()
        await asyncio.gather(*servers)

    def stop(self) -> None:
        """Take no more connections."""
        self._is_stopping.set()
        self._server.stop()

    def _renew(self) -> StoppableServer | None:
        try:
            successor = self._make()
        except (OSError, ssl.SSLError) as error:
            _log.error("the certificate stays as it is; the new one cannot be used: %s", error)
            return None
        _log.warning("the certificate was renewed")
        return successor
