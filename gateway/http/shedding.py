"""Load shedding: new comments that would only wait, because too many do already or because a part
is out, are refused before they cost any work.

A gateway that is offered twice its capacity, and spends a third of the work of an answer on each
refusal, has little left for answers. So the decision comes first: before the token, the body and
JSON. And however cheap, refusals without a limit would still take all of the time: beyond a rate
they wait for their turn, which slows down clients that retry at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import lru_cache

from gateway import metrics
from gateway.comments import count_refusal
from gateway.http.exchange import Exchange
from gateway.http.problems import unavailable

# At 40 µs each, a tenth of a core.
REFUSALS_PER_SECOND = 2_500
MAX_DELAY_SECONDS = 1.0
# A timer for less costs more than it saves.
MIN_DELAY_SECONDS = 0.01

# There are few reasons.
_refusal = lru_cache(maxsize=16)(unavailable)


class Shedding:
    """Decides on new comments, and paces refusals."""

    def __init__(self, find_refusal: Callable[[int, bool], str | None]) -> None:
        """
        Args:
            find_refusal: why one more comment is to be refused, given the number of requests in
                progress, and whether it would be recorded.
        """
        self._find_refusal = find_refusal
        self._next_refusal = 0.0
        """The loop's time at which all refusals so far have had their share."""
        self.in_progress = 0
        """Comments whose bodies have arrived and that have no answer yet."""
        metrics.IN_PROGRESS.labels("comments").set_function(lambda: self.in_progress)

    def find_refusal(self, *, recorded: bool = True) -> str | None:
        """Why the next comment is to be refused; None if it is not."""
        return self._find_refusal(self.in_progress, recorded)

    async def refuse(self, exchange: Exchange, reason: str, *, close: bool) -> None:
        """Refuse a comment, when it is its turn."""
        now = asyncio.get_running_loop().time()
        turn = min(max(self._next_refusal, now), now + MAX_DELAY_SECONDS)
        self._next_refusal = turn + 1 / REFUSALS_PER_SECOND
        if turn - now > MIN_DELAY_SECONDS:
            await asyncio.sleep(turn - now)
        count_refusal(reason)
        exchange.refuse(_refusal(reason), close=close)
