"""Waiting for a condition, with a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

POLL_SECONDS = 0.02


async def until(condition: Callable[[], bool], *, seconds: float) -> None:
    """
    Raises:
        TimeoutError: it did not come true in that time.
    """
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for is another process
            await asyncio.sleep(POLL_SECONDS)
