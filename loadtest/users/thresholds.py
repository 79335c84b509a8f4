"""What a run must keep to, and the highest load that keeps to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple


class Counts(NamedTuple):
    """What has come of a run so far."""

    requests: int
    failures: int
    milliseconds: Mapping[int, int]
    """How often a comment took so long."""

    def since(self, before: Counts) -> Counts:
        """What has come since then."""
        times = Counter(self.milliseconds)
        times.subtract(before.milliseconds)
        return Counts(
            self.requests - before.requests, self.failures - before.failures, dict(+times)
        )

    def quantile(self, share: float) -> int:
        """The time in ms that `share` of the comments took at most; 0 if there were none."""
        left = share * sum(self.milliseconds.values())
        for time, count in sorted(self.milliseconds.items()):
            left -= count
            if left <= 0:
                return time
        return 0


class Thresholds(NamedTuple):
    """Limits; a latency of 0 is none."""

    failures: float
    """The highest share of requests that may fail."""
    p95_ms: float
    p99_ms: float

    def broken(self, counts: Counts) -> list[str]:
        """Those that were not kept, in words."""
        if not counts.requests:
            return ["nothing was answered"]
        found = []
        if counts.failures > self.failures * counts.requests:
            found.append(
                f"failures {counts.failures / counts.requests:.2%} > {self.failures:.2%}"
                f" ({counts.failures} of {counts.requests} requests)"
            )
        for name, share, limit in (("p95", 0.95, self.p95_ms), ("p99", 0.99, self.p99_ms)):
            if limit and (took := counts.quantile(share)) > limit:
                found.append(f"{name} {took} ms > {limit:g} ms")
        return found


class Knee:
    """The last step of a ramp that kept to the thresholds."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds
        self._before = Counts(0, 0, {})
        self.held = -1
        """The last step that did, from 0; -1 while none has."""
        self.broken: list[str] = []
        """What the step after it broke."""

    def ended(self, step: int, counts: Counts) -> None:
        """A step ended with these counts, which go on from those before."""
        self.broken = self._thresholds.broken(counts.since(self._before))
        self._before = counts
        if not self.broken:
            self.held = step
