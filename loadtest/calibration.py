"""What the model of `simulate` is told: measured on real servers on this machine."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from statistics import NormalDist

import msgspec
import numpy as np
import psutil
import requests
import uvloop

from loadtest import openloop
from loadtest.errors import LoadTestError
from loadtest.openloop import Load
from loadtest.servers import Server

PATIENCE_SECONDS = 10
QUANTILE = 0.95


class Observed(msgspec.Struct, frozen=True):
    """One rate on real servers; per second of the run where nothing else is said."""

    load: Load
    gateway_cpu: float
    generator_cpu: float
    classify_calls: float
    record_calls: float
    store_seconds: float
    """Mean of a store call."""
    store_spread: float
    """Standard deviation of the logarithm of that time."""


class Parts(msgspec.Struct, frozen=True):
    """CPU seconds: the gateway's a comment and a call, and the generator's a comment."""

    comment: float
    call: float
    generator: float


def observe(
    url: str,
    gateway: Server,
    metrics_url: str,
    bodies: Iterator[str],
    rate: float,
    seconds: float,
) -> Observed:
    """Offer a rate and see what it took.

    Raises:
        LoadTestError: the gateway or its metrics do not answer.
    """
    times = openloop.arrivals(rate, seconds, random.Random(rate))  # noqa: S311
    before, cpu, own = _read(metrics_url), gateway.cpu_seconds(), _own_cpu()
    try:
        load = uvloop.run(openloop.offer(url, bodies, times, rate))
    except OSError as error:
        raise LoadTestError(f"the gateway: {error}") from None
    cpu, own = gateway.cpu_seconds() - cpu, _own_cpu() - own
    after = _read(metrics_url)
    classified, recorded, seconds_stored, stored = (
        # What has not happened yet is not listed.
        after.get(name, 0.0) - before.get(name, 0.0)
        for name in (
            'valence_batch_size_count{stage="classify"}',
            'valence_batch_size_count{stage="record"}',
            "valence_store_seconds_sum",
            "valence_store_seconds_count",
        )
    )
    return Observed(
        load,
        cpu / load.seconds,
        own / load.seconds,
        classified / load.seconds,
        recorded / load.seconds,
        seconds_stored / max(stored, 1),
        _spread(before, after),
    )


def fit(observed: Sequence[Observed]) -> Parts:
    """The gateway's CPU as so much a comment and so much a call, by the least squares of relative
    distances; none of the two is negative."""
    rates = np.array([each.load.rate for each in observed])
    calls = np.array([each.classify_calls + each.record_calls for each in observed])
    cpu = np.array([each.gateway_cpu for each in observed])
    columns = np.column_stack([rates, calls]) / cpu[:, None]
    comment, call = np.linalg.lstsq(columns, np.ones_like(cpu), rcond=None)[0]
    if call < 0:
        comment, call = float(np.mean(cpu / rates)), 0.0
    elif comment < 0:
        comment, call = 0.0, float(np.mean(cpu / calls))
    generator = float(np.median([each.generator_cpu / each.load.rate for each in observed]))
    return Parts(float(comment), float(call), generator)


def spread(buckets: Mapping[float, float]) -> float:
    """The standard deviation of a logarithm, as if it were normal.

    Args:
        buckets: how many were at most so many seconds, by seconds, cumulated.
    """
    total = max(buckets.values(), default=0.0)
    ends = sorted(end for end in buckets if 0 < end < math.inf)
    logs = [math.log(end) for end in ends]
    shares = [buckets[end] / max(total, 1) for end in ends]
    median, high = np.interp([0.5, QUANTILE], shares, logs)
    return float((high - median) / NormalDist().inv_cdf(QUANTILE))


def _spread(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    return spread(
        {
            float(found[1]): count - before.get(name, 0.0)
            for name, count in after.items()
            if (found := re.fullmatch(r'valence_store_seconds_bucket{le="(.+)"}', name))
        }
    )


def _own_cpu() -> float:
    times = psutil.Process().cpu_times()
    return times.user + times.system


def _read(metrics_url: str) -> dict[str, float]:
    try:
        text = requests.get(metrics_url, timeout=PATIENCE_SECONDS).text
    except requests.RequestException as error:
        raise LoadTestError(f"the gateway's metrics: {error}") from None
    return {
        name: float(value)
        for name, value in re.findall(r"^(valence_\S+) (\S+)$", text, re.MULTILINE)
    }
