"""Slots for calls, of which there is a limited number at once."""

from __future__ import annotations

import heapq


class Slots:
    """Each slot is idle, taken, or paused for a time after its call."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._idle = number
        """Negative while more slots are taken than there are now."""
        self._pauses: list[float] = []
        """A heap of the times at which pauses end."""

    @property
    def number(self) -> int:
        """How many there are; may change at any time."""
        return self._number

    @number.setter
    def number(self, value: int) -> None:
        self._idle += value - self._number
        self._number = value

    @property
    def next_end(self) -> float | None:
        """When the next pause ends; None if there is none."""
        return self._pauses[0] if self._pauses else None

    def is_free(self, *, even_if_paused: bool) -> bool:
        """Whether one can be taken."""
        return self._idle > 0 or (even_if_paused and bool(self._pauses))

    def take(self) -> None:
        """Take an idle one, or else the one whose pause ends next."""
        if self._idle > 0:
            self._idle -= 1
        else:
            heapq.heappop(self._pauses)

    def give_back(self, paused_until: float | None) -> None:
        """Give a slot back after its call, with a pause or without."""
        if paused_until is None or self._idle < 0:
            self._idle += 1
        else:
            heapq.heappush(self._pauses, paused_until)

    def end_pauses(self, until: float) -> None:
        """End those whose time has come."""
        while self._pauses and self._pauses[0] <= until:
            heapq.heappop(self._pauses)
            self._idle += 1

    def end_a_pause(self) -> None:
        """Have an idle slot, if one is paused."""
        if self._pauses and self._idle <= 0:
            heapq.heappop(self._pauses)
            self._idle += 1
