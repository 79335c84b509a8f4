"""Waiting for a condition, with a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

POLL_SECONDS = 0.02


async def until(condition: Callable[[], bool], *, seconds: float) -> None:
    """Wait until the condition holds.

    Raises:
        TimeoutError: it did not within this time.
    """
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the condition is often about another process
            await asyncio.sleep(POLL_SECONDS)
