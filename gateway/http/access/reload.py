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
    """Replace the tokens whenever their lines change, until cancelled. Nothing else ends it, or a
    token that was taken out of the file would stay valid.

    Args:
        tokens: to be kept up to date.
        read: gives the lines. If it fails, or the lines cannot be used, that is logged once, and
            the tokens stay.
        pause: seconds between two looks.
    """
    present = await _read(read)
    while True:
        await asyncio.sleep(pause)
        found = await _read(read)
        if found != present:
            present = found
            _replace(tokens, *found)


async def _read(read: Callable[[], str]) -> tuple[str, str]:
    """The lines, or else why there are none."""
    try:
        return await asyncio.to_thread(read), ""
    except Exception as error:
        return "", _reason(error)


def _replace(tokens: Tokens, lines: str, failure: str) -> None:
    try:
        if not failure:
            tokens.replace(lines)
    except Exception as error:
        failure = _reason(error)
    if failure:
        _log.error("the tokens stay as they are; the new ones cannot be used: %s", failure)
    else:
        _log.info("the tokens were read again")


def _reason(error: Exception) -> str:
    is_expected = isinstance(error, SettingsError | TokensError)
    return str(error) if is_expected else f"{type(error).__name__}: {error}"
