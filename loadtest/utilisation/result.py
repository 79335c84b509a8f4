"""The result of `utilisation`."""

from __future__ import annotations

import statistics

import msgspec

from loadtest.harness.trial import Trial
from loadtest.reporting.result import Result

KIND = "utilisation"
# Shares of the knee at which CPU is measured.
SHARES = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2)
# A more proportional pair may answer a comment this much later than the quickest pair, at any rate
# up to 80 % of the knee: a tenth of what a person notices.
TOLERABLE_MS = 10.0


class Curve(msgspec.Struct):
    """One pair of settings, at all rates."""

    pause_factor: float
    min_comments: int
    trials: dict[float, list[Trial]] = {}
    """By share of the knee; one for each round."""

    @property
    def title(self) -> str:
        return f"BATCH_PAUSE_FACTOR={self.pause_factor:g}" + (
            f" BATCH_MIN_COMMENTS={self.min_comments}" if self.pause_factor else ""
        )

    def cpu(self, share: float, server: str = "bento") -> float:
        """Cores, the median over the rounds."""
        return statistics.median(trial.cpu[server] for trial in self.trials[share])

    def latency(self, share: float, figure: str) -> float:
        """`p50_ms` or `p99_ms`, the median over the rounds."""
        figures: list[float] = [getattr(trial.load, figure) for trial in self.trials[share]]
        return statistics.median(figures)

    def errors(self, share: float) -> int:
        """Of all rounds."""
        return sum(trial.load.errors for trial in self.trials[share])

    @property
    def deviation(self) -> float:
        """How far CPU is from proportional to the rate: the mean distance from the straight line
        through the origin and the knee, as a share of the CPU at the knee."""
        shares = [share for share in SHARES if share < 1]
        return statistics.mean(abs(self.cpu(s) / self.cpu(1.0) - s) for s in shares)


class Utilisation(Result, frozen=True, kw_only=True):
    """The result of `utilisation`; `knee` in comments/s."""

    seconds: float
    rounds: int
    knee: float
    curves: list[Curve]
    background_cores: float = 0.0
    """Cores that other processes of the machine used during the run."""

    @property
    def best(self) -> Curve:
        """The most proportional curve among those that answer quickly enough."""
        busy = [share for share in SHARES if share <= 0.8]
        least = {s: min(curve.latency(s, "p50_ms") for curve in self.curves) for s in busy}
        quick = [
            curve
            for curve in self.curves
            if all(curve.latency(s, "p50_ms") <= least[s] + TOLERABLE_MS for s in busy)
            and not any(curve.errors(s) for s in busy)
        ]
        return min(quick or self.curves, key=lambda curve: curve.deviation)
