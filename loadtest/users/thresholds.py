"""The thresholds of a run, and the highest load within them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from loadtest.harness.quantiles import quantile


class Counts(NamedTuple):
    """The outcome of a run so far."""

    requests: int
    failures: int
    milliseconds: Mapping[int, int]
    """The number of comments by their latency."""

    def since(self, before: Counts) -> Counts:
        """The difference from earlier counts."""
        times = Counter(self.milliseconds)
        times.subtract(before.milliseconds)
        return Counts(
            self.requests - before.requests, self.failures - before.failures, dict(+times)
        )


class Thresholds(NamedTuple):
    """Limits; a latency of 0 means no limit."""

    failures: float
    """The share of requests that may fail."""
    p95_ms: float
    p99_ms: float

    def broken(self, counts: Counts) -> list[str]:
        """The thresholds that were broken, in words."""
        if not counts.requests:
            return ["nothing was answered"]
        broken = []
        if counts.failures > self.failures * counts.requests:
            broken.append(
                f"failures {counts.failures / counts.requests:.2%} > {self.failures:.2%}"
                f" ({counts.failures} of {counts.requests} requests)"
            )
        for name, share, limit in (("p95", 0.95, self.p95_ms), ("p99", 0.99, self.p99_ms)):
            if limit and (latency := quantile(counts.milliseconds, share)) > limit:
                broken.append(f"{name} {latency} ms > {limit:g} ms")
        return broken


class Knee:
    """The last step of a ramp that kept the thresholds."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        self._before = Counts(0, 0, {})
        self.held = -1
        """The last step that kept them, from 0; -1 if none has yet."""
        self.broken: list[str] = []
        """The thresholds that the step after it broke."""

    def ended(self, step: int, counts: Counts) -> None:
        """Judge the step that ended with these cumulative counts."""
        self.broken = self._thresholds.broken(counts.since(self._before))
        self._before = counts
        if not self.broken:
            self.held = step
