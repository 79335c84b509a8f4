"""Retries: pauses between attempts, and a budget for all of them."""

from __future__ import annotations

import asyncio
import random
import time

FIRST_PAUSE_SECONDS = 0.05
MAX_PAUSE_SECONDS = 1.0

RETRIES_PER_CALL = 0.1
MAX_RETRIES_SAVED = 20.0


class Backoff:
    """Exponential backoff with full jitter.

    https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter
    """

    def __init__(self, seconds: float) -> None:
        """
        Args:
            seconds: time for all attempts; no pause begins that would end later.
        """
        self._deadline = time.monotonic() + seconds
        self._max_pause = FIRST_PAUSE_SECONDS

    async def pause(self) -> bool:
        """Wait before the next attempt; return False at once if there is no time for it."""
        pause = random.uniform(0, self._max_pause)  # noqa: S311
        if time.monotonic() + pause > self._deadline:
            return False
        await asyncio.sleep(pause)
        self._max_pause = min(2 * self._max_pause, MAX_PAUSE_SECONDS)
        return True


class RetryBudget:
    """Limits retries to a share of the calls, so that they never multiply an outage.

    Each call earns a tenth of a retry, and some are saved for when calls are few, as in Finagle:
    https://twitter.github.io/finagle/guide/Clients.html#retries
    """

    def __init__(self) -> None:
        self._retries = MAX_RETRIES_SAVED

    def earn(self, retries: float = RETRIES_PER_CALL) -> None:
        """Add to the budget: for a first attempt, or for retries that succeeded."""
        self._retries = min(self._retries + retries, MAX_RETRIES_SAVED)

    def spend(self) -> bool:
        """Take one retry out of the budget; False if there is none."""
        if self._retries < 1:
            return False
        self._retries -= 1
        return True
