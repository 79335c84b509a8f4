"""Reads the tokens again when their file changes, as a mounted Secret does that is rotated."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from environment import SettingsError
from gateway.http.access.tokens import Tokens, TokensError

PAUSE_SECONDS = 1.0

_log = logging.getLogger(__name__)


async def watch(tokens: Tokens, read: Callable[[], str], pause: float = PAUSE_SECONDS) -> None:
    """Replace the tokens whenever their lines change, until cancelled.

    Args:
        tokens: to be kept up to date.
        read: gives the lines; may raise SettingsError. Lines that cannot be used are logged once,
            and the tokens stay.
        pause: seconds between two looks.
    """
    present = await _read(read)
    while True:
        await asyncio.sleep(pause)
        lines = await _read(read)
        if lines != present:
            present = lines
            _replace(tokens, lines)


async def _read(read: Callable[[], str]) -> str | SettingsError:
    try:
        return await asyncio.to_thread(read)
    except SettingsError as error:
        return error


def _replace(tokens: Tokens, lines: str | SettingsError) -> None:
    try:
        if isinstance(lines, SettingsError):
            raise lines
        tokens.replace(lines)
    except (SettingsError, TokensError) as error:
        _log.error("the tokens stay as they are; the new ones cannot be used: %s", error)
    else:
        _log.info("the tokens were read again")
