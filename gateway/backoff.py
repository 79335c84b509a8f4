"""Pauses between attempts."""

from __future__ import annotations

import asyncio
import random
import time

FIRST_SECONDS = 0.05
LONGEST_SECONDS = 1.0


class Backoff:
    """Exponential, with full jitter,
    https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter
    """

    def __init__(self, seconds: float) -> None:
        """
        Args:
            seconds: after that no pause begins that would end later.
        """
        self._deadline = time.monotonic() + seconds
        self._longest = FIRST_SECONDS

    async def pause(self) -> bool:
        """Wait before one more attempt; False at once if there is no time for it."""
        pause = random.uniform(0, self._longest)  # noqa: S311
        if time.monotonic() + pause > self._deadline:
            return False
        await asyncio.sleep(pause)
        self._longest = min(2 * self._longest, LONGEST_SECONDS)
        return True
