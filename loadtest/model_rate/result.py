"""The result of `model`."""

from __future__ import annotations

import statistics

import msgspec

from loadtest.reporting.result import Result

KIND = "model"
# Texts a call, over HTTP.
BATCH = 64
# Texts a call, in process.
BATCHES = (1, 32, 256)
# Fewest and most words of a text.
WORDS = {"short": (12, 18), "long": (180, 280)}


class Case(msgspec.Struct):
    """One implementation with texts of one length in batches of one size."""

    variant: str
    length: str
    batch: int
    rounds: list[float] = []
    """CPU time of the thread in µs for each text, by round."""

    @property
    def microseconds(self) -> float:
        return statistics.median(self.rounds)


class ModelRate(Result, frozen=True, kw_only=True):
    """The result of `model`; rates in texts/s, by round."""

    seconds: float
    in_process: list[float]
    over_http: list[float]
    http_errors: int
    cases: list[Case]

    @property
    def share(self) -> float:
        """The median over the rounds of the rate over HTTP divided by the rate in process."""
        pairs = zip(self.over_http, self.in_process, strict=True)
        return statistics.median(http / bare for http, bare in pairs)
