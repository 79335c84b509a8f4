"""An asyncio event loop whose clock jumps from one timer to the next.

`looptime` moves time inside `select`: a timer costs three turns of the loop and as many system
calls, four times what it costs here, at its fastest settings. And its clock is not uvloop's, on
which the gateway and the load generator run.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import TypeVarTuple

# libuv's clock and timers have whole milliseconds.
TICK_SECONDS = 0.001
# How late Linux's timers are: prctl(2), PR_SET_TIMERSLACK.
SLACK_SECONDS = 0.00005

Ts = TypeVarTuple("Ts")


class VirtualTimeLoop(asyncio.BaseEventLoop):
    """Runs callbacks and timers in their order and never waits; it has no input or output."""

    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]

    now = 0.0
    """The exact time, in seconds from the start."""

    def time(self) -> float:
        """The time as programs see it."""
        return math.floor(self.now / TICK_SECONDS + 1e-6) * TICK_SECONDS

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call after a whole number of ticks, and the slack."""
        ticks = max(0, round((when - self.time()) / TICK_SECONDS))
        after = ticks * TICK_SECONDS + SLACK_SECONDS
        return super().call_at(self.now + after, callback, *args, context=context)

    def call_after(
        self, seconds: float, callback: Callable[[*Ts], object], *args: *Ts
    ) -> asyncio.TimerHandle:
        """Call after exactly so long: for what is simulated, not for programs."""
        return super().call_at(self.now + seconds, callback, *args)

    def pause(self, seconds: float) -> asyncio.Future[None]:
        """Wait exactly so long."""
        end = self.create_future()
        self.call_after(seconds, end.set_result, None)
        return end

    def _run_once(self) -> None:
        if not self._ready:
            timer = heapq.heappop(self._scheduled)
            self.now = max(self.now, timer.when())
            self._ready.append(timer)
        for _ in range(len(self._ready)):
            handle = self._ready.popleft()
            if not handle.cancelled():
                handle._run()
