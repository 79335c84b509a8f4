"""What the model of `simulate` is told: measured on real servers on this machine."""

from __future__ import annotations

import math
import random
import re
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
import numpy as np
import psutil
import requests
import uvloop

from loadtest.errors import LoadTestError
from loadtest.harness import open_loop as openloop
from loadtest.harness.arrivals import arrivals
from loadtest.harness.batches import Line
from loadtest.harness.open_loop import Load
from loadtest.servers.launch import Running

PATIENCE_SECONDS = 10


class Histogram(msgspec.Struct, frozen=True):
    """How many calls took at most so many seconds and more than the bound before; and all of
    them together, in seconds."""

    bounds: list[float]
    counts: list[float]
    seconds: float

    def draw(self, chance: random.Random) -> float:
        """A duration with this distribution: of the lowest class what makes the mean right, in the
        others any, the logarithm evenly."""
        [number] = chance.choices(range(len(self.counts)), self.counts)
        if number:
            return math.exp(chance.uniform(*np.log(self.bounds[number - 1 : number + 1])))
        return self.lowest

    @property
    def lowest(self) -> float:
        """The mean of the lowest class."""
        rest = sum(
            count * (high - low) / math.log(high / low)
            for low, high, count in zip(self.bounds, self.bounds[1:], self.counts[1:], strict=False)
        )
        mean = (self.seconds - rest) / self.counts[0] if self.counts[0] else 0.0
        return min(max(mean, 0.0), self.bounds[0])


class Observed(msgspec.Struct, frozen=True):
    """One rate on real servers; per second of the run where nothing else is said."""

    load: Load
    gateway_cpu: float
    bento_cpu: float
    generator_cpu: float
    classify_calls: float
    record_calls: float
    store: Histogram


class Parts(msgspec.Struct, frozen=True):
    """CPU seconds: the gateway's a comment and a call, the Bento's, and the generator's a comment;
    and what store calls took."""

    comment: float
    call: float
    bento: Line
    generator: float
    store: Histogram


class Meter:
    """Real servers under load, and what it took."""

    def __init__(self, running: Running, metrics_url: str, bodies: Iterator[str]) -> None:
        self._url, self._metrics_url, self._bodies = running.url, metrics_url, bodies
        self._servers = {server.name: server for server in running.servers}

    def observe(self, rate: float, seconds: float, seed: float = 0) -> Observed:
        """Offer a rate.

        Raises:
            LoadTestError: the gateway or its metrics do not answer.
        """
        times = arrivals(rate, seconds, random.Random(f"{rate} {seed}"))  # noqa: S311
        before, cpu = _read(self._metrics_url), self._cpu()
        try:
            load = uvloop.run(openloop.offer(self._url, self._bodies, times, rate))
        except OSError as error:
            raise LoadTestError(f"the gateway: {error}") from None
        cpu = {name: now - cpu[name] for name, now in self._cpu().items()}
        # What has not happened yet is not listed.
        happened = {
            name: now - before.get(name, 0.0) for name, now in _read(self._metrics_url).items()
        }
        return Observed(
            load,
            cpu["gateway"] / load.seconds,
            cpu["bento"] / load.seconds,
            cpu["generator"] / load.seconds,
            happened.get('valence_batch_size_count{stage="classify"}', 0.0) / load.seconds,
            happened.get('valence_batch_size_count{stage="record"}', 0.0) / load.seconds,
            histogram(happened, "valence_store_seconds"),
        )

    def _cpu(self) -> dict[str, float]:
        own = psutil.Process().cpu_times()
        return {
            **{name: server.cpu_seconds() for name, server in self._servers.items()},
            "generator": own.user + own.system,
        }


def fit(observed: Sequence[Observed], embedded: Parts | None = None) -> dict[float, Parts]:
    """The costs that explain these runs, by rate.

    A comment costs the same at all rates. A call costs more where processes sleep between calls, so
    that caches are cold: it is what is left at its rate.

    Args:
        observed: with batches of different sizes, or a comment and a call are not told apart.
        embedded: if another store was used here, what was found with SQLite: the Bento does not
            know the store, and to the gateway no comment costs less.
    """
    comment = a_comment([each.gateway_cpu for each in observed], observed)
    text = a_comment([each.bento_cpu for each in observed], observed)
    if embedded:
        comment, text = max(comment, embedded.comment), embedded.bento.text
    parts = {}
    for rate in {each.load.offered_rate for each in observed}:
        runs = [each for each in observed if each.load.offered_rate == rate]
        parts[rate] = Parts(
            comment,
            _mean(
                (each.gateway_cpu - comment * each.load.rate)
                / (each.classify_calls + each.record_calls)
                for each in runs
            ),
            Line(
                _mean(
                    (each.bento_cpu - text * each.load.rate) / each.classify_calls for each in runs
                ),
                text,
            ),
            _mean(each.generator_cpu / each.load.rate for each in runs),
            merge([each.store for each in runs]),
        )
    return dict(sorted(parts.items()))


def near(parts: Mapping[float, Parts], rate: float) -> Parts:
    """What was measured nearest to a rate."""
    return parts[min(parts, key=lambda each: abs(math.log(each / rate)))]


def a_comment(cpu: Sequence[float], observed: Sequence[Observed]) -> float:
    """What each comment adds to a server's CPU, by the least squares of relative distances, beside
    what calls add and what is always there."""
    used = np.array(cpu)
    columns = np.array(
        [[each.load.rate, each.classify_calls + each.record_calls, 1] for each in observed]
    )
    [comment, *_] = np.linalg.lstsq(columns / used[:, None], np.ones_like(used), rcond=None)[0]
    return max(0.0, float(comment))


def _mean(costs: Iterable[float]) -> float:
    return max(0.0, statistics.mean(costs))


def histogram(metrics: Mapping[str, float], name: str) -> Histogram:
    """One of Prometheus's; the class without an upper bound counts to the one before."""
    buckets = {
        float(found[1]): count
        for key, count in metrics.items()
        if (found := re.fullmatch(rf'{name}_bucket{{le="(.+)"}}', key))
    }
    bounds = sorted(end for end in buckets if end < math.inf)
    cumulated = [buckets[end] for end in bounds[:-1]] + [max(buckets.values(), default=0.0)]
    counts = np.diff(cumulated, prepend=0.0).tolist()
    return Histogram(bounds, counts, metrics.get(f"{name}_sum", 0.0))


def merge(histograms: Sequence[Histogram]) -> Histogram:
    """All calls of all of them, which have the same bounds."""
    return Histogram(
        histograms[0].bounds,
        np.sum([each.counts for each in histograms], axis=0).tolist(),
        sum(each.seconds for each in histograms),
    )


def _read(metrics_url: str) -> dict[str, float]:
    try:
        text = requests.get(metrics_url, timeout=PATIENCE_SECONDS).text
    except requests.RequestException as error:
        raise LoadTestError(f"the gateway's metrics: {error}") from None
    return {
        name: float(value)
        for name, value in re.findall(r"^(valence_\S+) (\S+)$", text, re.MULTILINE)
    }
