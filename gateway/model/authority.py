"""Whom the gateway trusts to be the Bento."""

from __future__ import annotations

import asyncio
import logging
import ssl
from pathlib import Path
from typing import Self

from environment import SettingsError

PAUSE_SECONDS = 1.0

_log = logging.getLogger(__name__)


class Authority:
    """The authorities that may sign the Bento's certificate.

    Those of a renewed file are added; the ones before are trusted until the process ends, so that
    no replica is refused that still has its old certificate.
    """

    def __init__(self, file: Path | None = None, pause: float = PAUSE_SECONDS) -> None:
        """
        Args:
            file: with their certificates, as PEM; None: the system's.
            pause: seconds between two looks at it.

        Raises:
            SettingsError: it cannot be read.
        """
        try:
            self.context = ssl.create_default_context(cafile=file)
        except OSError as error:
            # An SSLError is one, too.
            raise SettingsError(f"MICROSERVICE_CA_FILE='{file}': {_reason(error)}") from None
        self._file = file
        self._pause = pause
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self._file:
            self._watching = asyncio.create_task(self._watch(self._file))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._watching:
            self._watching.cancel()

    async def _watch(self, file: Path) -> None:
        present = _read(file)
        while True:
            await asyncio.sleep(self._pause)
            if (found := _read(file)) == present:
                continue
            present = found
            try:
                self.context.load_verify_locations(cafile=file)
            except OSError as error:
                _log.error("the model's authorities stay as they are: %s", _reason(error))
            else:
                _log.info("the model's authorities were read again")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _reason(error: OSError) -> str:
    return "holds no certificate" if isinstance(error, ssl.SSLError) else str(error.strerror)
