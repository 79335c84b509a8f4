"""The calls that may be in flight at once, and the pauses between them."""

from __future__ import annotations

import heapq


class Slots:
    """Each of the slots is idle, in use, or paused.

    After a call, its slot pauses for `pause_factor` times the duration of the call. Without this
    pause, small batches, each started the moment the last one returned, would keep the callee busy
    at a fraction of its capacity, and its utilisation would say nothing about load.
    """

    def __init__(
        self,
        count: int,
        *,
        min_items: int = 1,
        pause_factor: float = 0.0,
        max_pause: float = float("inf"),
    ) -> None:
        """
        Args:
            count: of the slots.
            min_items: number of waiting items for which a paused slot is taken.
            pause_factor: pause after a call, as a multiple of the call's duration.
            max_pause: seconds; a call that hung must not cause an equally long pause.
        """
        self._count = count
        self._min_items = min_items
        self._pause_factor = pause_factor
        self._max_pause = max_pause
        self._idle = count
        self._pauses: list[float] = []  # a heap of the times at which pauses end

    @property
    def count(self) -> int:
        """Number of slots; may change at any time."""
        return self._count

    @count.setter
    def count(self, value: int) -> None:
        self._idle += value - self._count
        self._count = value

    @property
    def next_end(self) -> float | None:
        """When the next pause ends, in the clock of `release`; None if no slot is paused."""
        return self._pauses[0] if self._pauses else None

    def is_free(self, waiting: int) -> bool:
        """Whether a slot may be taken for that many waiting items."""
        return self._idle > 0 or (bool(self._pauses) and waiting >= self._min_items)

    def take(self) -> None:
        """Use a slot that is free."""
        if self._idle > 0:
            self._idle -= 1
        else:
            heapq.heappop(self._pauses)

    def release(self, now: float, seconds: float) -> None:
        """Have a slot that was in use pause.

        Args:
            now: the time.
            seconds: duration of the call.
        """
        if self._pause_factor and self._idle >= 0:
            pause = min(self._pause_factor * seconds, self._max_pause)
            heapq.heappush(self._pauses, now + pause)
        else:
            self._idle += 1

    def end_pauses(self, now: float) -> None:
        """Make the slots idle whose pauses are over by now."""
        while self._pauses and self._pauses[0] <= now:
            self._end_pause()

    def need_one(self) -> None:
        """If no slot is idle, end the pause that would end next."""
        if self._pauses and self._idle <= 0:
            self._end_pause()

    def stop_pausing(self) -> None:
        """End all pauses, and have no more."""
        self._pause_factor = 0.0
        while self._pauses:
            self._end_pause()

    def _end_pause(self) -> None:
        heapq.heappop(self._pauses)
        self._idle += 1
