"""Shares and their intervals, the only ones for a share of texts: of a few, all of which are right
or wrong, a bootstrap would say that the share is certain."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

__all__ = ["share"]


def share(chosen: NDArray[np.bool_]) -> dict[str, Any]:
    """`rows`, the `count` of those chosen, and unless there are no rows their `share` with the 95 %
    interval of Wilson 1927, `low` and `high`."""
    rows, count = len(chosen), int(chosen.sum())
    if not rows:
        return {"rows": 0, "count": 0}
    bounds = stats.binomtest(count, rows).proportion_ci(method="wilson")
    low, high = float(bounds.low), float(bounds.high)
    return {"rows": rows, "count": count, "share": count / rows, "low": low, "high": high}
