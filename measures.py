"""What the metrics of the gateway and of the Bento have in common."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence

from prometheus_client import REGISTRY, CollectorRegistry, Info
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

__all__ = ["BUILD", "SECONDS", "VERSION", "Counts", "Distribution", "Tally", "announce"]

VERSION = "0.1.0"
"""Of Valence, as in pyproject.toml."""

# Finest where an interactive request should lie, up to the time limit of 10 s.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

BUILD = Info(
    "valence_build",
    "The version of the code; the Bento's artifact, or those whose answers the gateway has got.",
    ["part", "model"],
)


def announce(part: str, model: str = "") -> None:
    """Tell in BUILD which code runs.

    Args:
        part: `gateway` or `bento`.
        model: the digest of an artifact; empty if none is known.
    """
    BUILD.labels(part, model).info({"version": VERSION})


class Counts(Collector):
    """A counter for what comes with each comment or text: `values[labels] += 1` takes a tenth of
    the time of the library's own, which takes a lock. It is for one thread."""

    def __init__(
        self,
        name: str,
        documentation: str,
        labelnames: Sequence[str],
        *,
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        """
        Args:
            name: of the metric, without `_total`.
            documentation: of the metric.
            labelnames: of its labels.
            registry: of the metrics.
        """
        self._name = name
        self._documentation = documentation
        self._labelnames = tuple(labelnames)
        self.values: defaultdict[tuple[str, ...], int] = defaultdict(int)
        """By the values of the labels."""
        registry.register(self)

    def describe(self) -> Iterable[CounterMetricFamily]:
        return [self._family()]

    def collect(self) -> Iterable[CounterMetricFamily]:
        family = self._family()
        for labels, count in self.values.items():
            family.add_metric(labels, count)
        return [family]

    def _family(self) -> CounterMetricFamily:
        return CounterMetricFamily(self._name, self._documentation, labels=self._labelnames)


class Tally:
    """Values counted by the bucket that they fall into."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    @property
    def total(self) -> float:
        """The sum of the values."""
        return self._sum

    def cumulative(self) -> list[tuple[str, float]]:
        """How many values there are up to each bound."""
        count = 0
        buckets: list[tuple[str, float]] = []
        for bound, more in zip((*self._bounds, float("inf")), self._counts, strict=True):
            count += more
            buckets.append((floatToGoString(bound), count))  # type: ignore[no-untyped-call]
        return buckets


class Distribution(Collector):
    """A histogram for what comes with each comment, text or call of the model. The library's own
    takes a lock and walks through its buckets: 1.5 µs a value, which is much beside the 20 that the
    model takes for a text; this one takes 0.15. It is for one thread, and has no exemplars."""

    def __init__(
        self,
        name: str,
        documentation: str,
        bounds: Sequence[float],
        labelnames: Sequence[str] = (),
        *,
        unit: str = "",
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        """
        Args:
            name: of the metric, which ends with its unit.
            documentation: of the metric.
            bounds: of the buckets, ascending; a value that equals one belongs to it.
            labelnames: of its labels.
            unit: if there is one.
            registry: of the metrics.
        """
        self._name = name
        self._documentation = documentation
        self._bounds = bounds
        self._labelnames = tuple(labelnames)
        self._unit = unit
        self._tallies: dict[tuple[str, ...], Tally] = {}
        registry.register(self)
        if not labelnames:
            self.labels()

    def labels(self, *values: str) -> Tally:
        """Where to count values with these labels."""
        if values not in self._tallies:
            self._tallies[values] = Tally(self._bounds)
        return self._tallies[values]

    def describe(self) -> Iterable[HistogramMetricFamily]:
        return [self._family()]

    def collect(self) -> Iterable[HistogramMetricFamily]:
        family = self._family()
        for values, tally in self._tallies.items():
            family.add_metric(values, tally.cumulative(), tally.total)
        return [family]

    def _family(self) -> HistogramMetricFamily:
        return HistogramMetricFamily(
            self._name, self._documentation, labels=self._labelnames, unit=self._unit
        )
