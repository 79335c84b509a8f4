"""How drift is measured: the bins that comments are counted in, and the formula that compares.

The gateway and the Bento count in these bins, training stores a reference in the artifact, and
`k8s/monitoring` writes the formula as rules for Prometheus.
"""

import math
from collections.abc import Iterable, Sequence

__all__ = [
    "CHARACTERS",
    "FLOOR",
    "LARGE",
    "LEAST_COMMENTS",
    "NOTICEABLE",
    "UNKNOWN_WORDS",
    "bins",
    "population_stability_index",
]

UNKNOWN_WORDS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0)
"""Upper bounds of the share of a text's words that training never saw."""
CHARACTERS = (10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
"""Upper bounds of a comment's length in code points."""

NOTICEABLE, LARGE = 0.1, 0.25
"""The usual reading of the index (N. Siddiqi, Credit Risk Scorecards, 2006): below the first there
is no change to speak of; above the second, look for the cause."""
LEAST_COMMENTS = 500
"""Fewer are not compared. Without any drift the index of n comments in k bins is distributed as
chi-squared with k - 1 degrees of freedom, divided by n (B. Yurdakul, Statistical Properties of
Population Stability Index, 2018): of 500 comments in 12 bins it exceeds 0.063 once in a thousand
times."""
FLOOR = 0.5 / LEAST_COMMENTS
"""The least share that a bin counts as having, because the logarithm of none is infinite: half a
comment of the fewest that are compared."""


def bins(bounds: Iterable[float]) -> tuple[str, ...]:
    """The names of the bins with these upper bounds, as in Prometheus's label `le`; the last has
    what exceeds all bounds."""
    return (*(str(float(bound)) for bound in bounds), "+Inf")


def population_stability_index(now: Sequence[float], reference: Sequence[float]) -> float:
    """Σ (p - q) ln(p / q) over the shares p and q of each bin, now and in the reference.

    It is Jeffreys' divergence (1946), which is 0 for equal shares; credit scoring made it known by
    this name. A share counts as FLOOR at least.
    """
    pairs = [(max(p, FLOOR), max(q, FLOOR)) for p, q in zip(now, reference, strict=True)]
    return sum((p - q) * math.log(p / q) for p, q in pairs)
