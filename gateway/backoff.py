"""Pauses between attempts."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator

FIRST_SECONDS = 0.05
LONGEST_SECONDS = 1.0


async def attempts(seconds: float) -> AsyncIterator[None]:
    """Turns to try something: one at once, and more after pauses until so many seconds are over.

    Full jitter,
    https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter
    """
    deadline = time.monotonic() + seconds
    longest = FIRST_SECONDS
    while True:
        yield
        pause = random.uniform(0, longest)  # noqa: S311
        if time.monotonic() + pause > deadline:
            return
        await asyncio.sleep(pause)
        longest = min(2 * longest, LONGEST_SECONDS)
