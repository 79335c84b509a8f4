"""Prints and draws kept results of every kind."""

from __future__ import annotations

from pathlib import Path

from loadtest.autoscale.report import REPORT as AUTOSCALE
from loadtest.capacity.report import REPORT as CAPACITY
from loadtest.compare.report import REPORT as COMPARE
from loadtest.errors import LoadTestError
from loadtest.ledger.report import REPORT as LEDGER
from loadtest.model_rate.report import REPORT as MODEL_RATE
from loadtest.reporting import result as results
from loadtest.simulate.report import REPORT as SIMULATE
from loadtest.utilisation.report import REPORT as UTILISATION

REPORTS = {
    each.kind: each
    for each in (AUTOSCALE, CAPACITY, COMPARE, LEDGER, MODEL_RATE, SIMULATE, UTILISATION)
}


def redraw(file: Path) -> None:
    """Print a kept result, and draw its picture beside it.

    Raises:
        LoadTestError: the file is no result.
    """
    kind = results.kind(file)
    if kind not in REPORTS:
        raise LoadTestError(f"{file}: unknown kind {kind!r}")
    REPORTS[kind].redraw(file)
