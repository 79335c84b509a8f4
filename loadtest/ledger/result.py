"""The result of `ledger`."""

from __future__ import annotations

import statistics

import msgspec

from loadtest.harness.quantiles import quantile
from loadtest.harness.wrk import Sample
from loadtest.reporting.result import Result

KIND = "ledger"
CONNECTIONS = 32


class Timing(msgspec.Struct, frozen=True):
    """The calls of one kind, in ms each."""

    name: str
    milliseconds: list[float]
    records: int
    """That the answers had, in all."""

    @property
    def p50(self) -> float:
        return quantile(self.milliseconds, 0.5)

    @property
    def p99(self) -> float:
        return quantile(self.milliseconds, 0.99)


class Ledger(Result, frozen=True, kw_only=True):
    """The result of `ledger`; `seconds` is the length of a measurement of a rate."""

    records: int
    megabytes: float
    """The size of the file, in 10^6 bytes."""
    seconds: float
    pages: list[Timing]
    counts: list[Timing]
    """Calls of `GET /statistics`."""
    export_rates: dict[str, float]
    """Records a second, by format."""
    posts_empty: list[Sample]
    posts_full: list[Sample]
    """Comments posted over 32 connections to an empty file and to the full one, by round."""

    @property
    def share(self) -> float:
        """The rate of posts on the full file as a share of the rate on an empty one: the median
        over the rounds."""
        pairs = zip(self.posts_full, self.posts_empty, strict=True)
        return statistics.median(full.rate / empty.rate for full, empty in pairs)
