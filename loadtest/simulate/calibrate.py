"""Real servers under load, and the costs that explain what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean

import msgspec
import numpy as np
import requests
from prometheus_client.parser import text_string_to_metric_families
from scipy.optimize import nnls

from loadtest.errors import LoadTestError
from loadtest.harness.trial import Trial, Trials
from loadtest.servers.launch import Running
from loadtest.simulate.world import Costs

METRICS_TIMEOUT_SECONDS = 10
STORE_SECONDS = "valence_gateway_store_call_duration_seconds"
INSERT = ("insert", "ok")
"""Operation and outcome."""


class Run(msgspec.Struct, frozen=True):
    """One rate on real servers: the gateway's calls to the Bento and to the store a second, and how
    many seconds a store call took."""

    trial: Trial
    classify_calls: float
    record_calls: float
    store_seconds: float


class Meter:
    """Offers rates to real servers."""

    def __init__(self, running: Running, metrics_url: str) -> None:
        self._trials = Trials(running.url, servers=running.servers)
        self._metrics_url = metrics_url

    def offer(self, rate: float, seconds: float) -> Run:
        """Offer `rate` comments/s for `seconds`.

        Raises:
            LoadTestError: the gateway or its metrics do not answer.
        """
        before = self._read_metrics()
        trial = self._trials.offer(rate, seconds)
        # A metric is listed from its first event on.
        counts = {
            name: value - before.get(name, 0.0) for name, value in self._read_metrics().items()
        }
        return Run(
            trial,
            counts["valence_gateway_batch_comments_count", "classify"] / trial.load.seconds,
            counts["valence_gateway_batch_comments_count", "record"] / trial.load.seconds,
            counts[f"{STORE_SECONDS}_sum", *INSERT] / counts[f"{STORE_SECONDS}_count", *INSERT],
        )

    def _read_metrics(self) -> dict[tuple[str, ...], float]:
        """Values by name and labels' values."""
        try:
            text = requests.get(self._metrics_url, timeout=METRICS_TIMEOUT_SECONDS).text
        except requests.RequestException as error:
            raise LoadTestError(f"the gateway's metrics: {error}") from None
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }


def fit(runs: Sequence[Run]) -> Costs:
    """The costs that explain these runs, whose batches must differ in size."""
    rates = [run.trial.load.rate for run in runs]
    classify_calls = [run.classify_calls for run in runs]
    calls = [run.classify_calls + run.record_calls for run in runs]

    def cpu(part: str) -> list[float]:
        return [run.trial.cpu[part] for run in runs]

    comment, call = least_squares(cpu("gateway"), rates, calls)
    text, bento_call = least_squares(cpu("bento"), rates, classify_calls)
    [generator] = least_squares(cpu("generator"), rates)
    # At the lowest rate a store call waits least for a processor, which is simulated.
    lowest = min(run.trial.load.offered_rate for run in runs)
    store = mean(run.store_seconds for run in runs if run.trial.load.offered_rate == lowest)
    return Costs(comment, call, text, bento_call, max(0.0, store - call), generator)


def least_squares(cpu: Sequence[float], *counts: Sequence[float]) -> list[float]:
    """What one of each count adds to CPU, at least nothing, by least squares of relative errors."""
    used = np.array(cpu)
    costs, _ = nnls(np.array(counts).T / used[:, None], np.ones_like(used))
    return [float(cost) for cost in costs]
