"""Quantiles, by one definition everywhere."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping


def quantile(values: Iterable[float] | Mapping[float, int], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed (nearest rank, type 1
    of Hyndman and Fan 1996); not a number if there are none.

    Args:
        values: the values, or how often each occurs.
        share: above 0 and at most 1.

    >>> quantile([1, 2, 3, 4], 0.5), quantile({1: 99, 7: 1}, 0.99)
    (2, 1)
    """
    counts = Counter(values)
    # Rounded first: 0.07 · 100 must not become rank 8 for what a float lacks.
    rank = math.ceil(round(share * counts.total(), 9))
    for value, count in sorted(counts.items()):
        rank -= count
        if rank <= 0:
            return value
    return math.nan
