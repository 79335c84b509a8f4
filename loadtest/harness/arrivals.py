"""Random arrivals."""

from __future__ import annotations

import random
from collections.abc import Iterator


def arrivals(rate: float, seconds: float, rng: random.Random) -> Iterator[float]:
    """When requests are due, in seconds from the start: a Poisson process of `rate` a second, as
    many independent users make it."""
    due = rng.expovariate(rate)
    while due < seconds:
        yield due
        due += rng.expovariate(rate)
