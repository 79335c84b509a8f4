"""The knee: the highest rate that a service carries within a bound."""

from __future__ import annotations

import math
from collections.abc import Callable

GROWTH = 2.0
RESOLUTION = 1.05
HALVINGS = 6


def find(
    carries: Callable[[float], bool], *, start: float, most: float = math.inf
) -> tuple[float, float]:
    """Double the rate until it is not carried, then bisect.

    A rate is too high when it is not carried twice in a row, so that a hiccup of the machine does
    not decide. The result is tried once more at the end, and lowered if it was luck.

    Args:
        carries: offers a rate and says whether it was within the bound.
        start: the first rate; the search ends where not even its 64th part is carried.
        most: the highest rate to offer.

    Returns:
        The highest rate that was carried (0: none), and the lowest that was not (inf: none).
    """
    low, high, least = 0.0, math.inf, start / 2**HALVINGS
    rate = min(start, most)
    while high / max(low, least) > RESOLUTION and low < most:
        if carries(rate) or carries(rate):
            low = rate
        else:
            high = rate
        if high == math.inf:
            rate = min(low * GROWTH, most)
        else:
            rate = math.sqrt(low * high) if low else high / GROWTH
    while low >= least and not carries(low):
        low, high = low / RESOLUTION, low
    return (low if low >= least else 0.0), high
