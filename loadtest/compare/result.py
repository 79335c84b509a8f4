"""The result of `compare`."""

from __future__ import annotations

import statistics

import msgspec

from loadtest.harness.wrk import Sample
from loadtest.reporting.result import Result

KIND = "compare"


class Round(msgspec.Struct):
    """One start of a contender."""

    ready_seconds: dict[str, float]
    """By server."""
    memory_mb: dict[str, float]
    """The highest under load in 10^6 bytes, by server."""
    runs: dict[int, Sample]
    """By the number of connections."""
    background_cores: float
    """Cores that other processes of the machine used during the run."""
    cpu_ms: float
    """CPU time of the servers for each text, over all runs, without DynamoDB Local's. Other
    processes disturb it less than rates."""


class Line(msgspec.Struct):
    """The figures of one contender; `failed` says why rounds are missing."""

    name: str
    title: str
    durable: bool
    rounds: list[Round] = []
    failed: str | None = None
    texts: int = 1
    """In a request. Rates and CPU time are for each text, latencies for each request."""

    def median(self, connections: int, figure: str) -> float:
        """The median over the rounds of `rate`, `p50_ms` or `p99_ms`."""
        figures: list[float] = [getattr(each.runs[connections], figure) for each in self.rounds]
        return statistics.median(figures) * (self.texts if figure == "rate" else 1)

    def spread(self, connections: int) -> tuple[float, float]:
        """The lowest and the highest rate of the rounds."""
        rates = [each.runs[connections].rate * self.texts for each in self.rounds]
        return min(rates), max(rates)

    @property
    def errors(self) -> int:
        return sum(sample.errors for each in self.rounds for sample in each.runs.values())

    @property
    def cpu_ms(self) -> float:
        """For each text; the median over the rounds."""
        return statistics.median(each.cpu_ms for each in self.rounds)

    @property
    def memory_mb(self) -> dict[str, float]:
        """The highest of all rounds, by server."""
        names = self.rounds[0].memory_mb if self.rounds else {}
        return {name: max(each.memory_mb[name] for each in self.rounds) for name in names}

    @property
    def ready_seconds(self) -> dict[str, float]:
        """The median over the rounds, by server."""
        names = self.rounds[0].ready_seconds if self.rounds else {}
        return {
            name: statistics.median(each.ready_seconds[name] for each in self.rounds)
            for name in names
        }


class Comparison(Result, frozen=True, kw_only=True):
    """The result of `compare`; `seconds` is the length of each measurement."""

    seconds: float
    rounds: int
    connections: list[int]
    texts: dict[str, float]
    """Their number, and their lengths in characters."""
    lines: list[Line]

    @property
    def background_cores(self) -> float:
        """Cores that other processes used, on average; near 0 on a quiet machine."""
        rounds = [each.background_cores for line in self.lines for each in line.rounds]
        return statistics.mean(rounds) if rounds else 0.0

    def ratio(self, line: Line, connections: int) -> float | None:
        """Its rate as a multiple of the naive pipeline's; None if one of the two is missing."""
        naive = next((each for each in self.lines if each.name == "naive"), None)
        if not (naive and naive.rounds and line.rounds):
            return None
        return line.median(connections, "rate") / naive.median(connections, "rate")
