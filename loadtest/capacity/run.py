"""`python -m loadtest capacity`: what one gateway with one Bento carries, and what that costs.

The knee is the highest rate at which 99 % of comments are answered within `LIMIT_MS` and none is
refused, under open-loop load. On one machine the load generator and the servers share the cores, so
the knee is the machine's; pods are counted by CPU a comment, which suffers less from that, where a
pod uses as much as the autoscalers aim at.
"""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np
import psutil
import uvloop
from rich.progress import Progress

from loadtest.capacity import cost
from loadtest.capacity.cost import Cost, Use
from loadtest.capacity.prices import Prices
from loadtest.errors import LoadTestError
from loadtest.harness import batches, knee, target, texts
from loadtest.harness import open_loop as openloop
from loadtest.harness import result as results
from loadtest.harness.background_cpu import Others
from loadtest.harness.batches import Batch
from loadtest.harness.open_loop import Load
from loadtest.harness.result import Result
from loadtest.servers.launch import bento, valence
from loadtest.servers.server import Server

KIND = "capacity"
LIMIT_MS = 250.0
FIRST_RATE = 200.0
WARM_UP_SECONDS = 2.0
VOLUMES = (1_000_000, 10_000_000, 259_000_000)
CHARACTERS = 200
# Of the knee: rates that the search for it passes over.
CURVE_SHARES = (0.02, 0.05, 0.4, 0.8)
# From half a million to a thousand million a month.
CURVE_VOLUMES = [5e5 * 2000 ** (number / 40) for number in range(41)]


class Trial(msgspec.Struct, frozen=True):
    """One rate; CPU in cores, of each server and of the generator (this process)."""

    load: Load
    cpu: dict[str, float]

    @property
    def carried(self) -> bool:
        return not self.load.errors and self.load.p99_ms <= LIMIT_MS


class Need(msgspec.Struct, frozen=True):
    """Pods that a rate needs, by the autoscalers' target."""

    rate: float
    gateways: int
    bentos: int


class Capacity(Result, frozen=True, kw_only=True):
    """The result of `capacity`; `knee` in comments/s."""

    target: str
    seconds: float
    knee: float
    trials: list[Trial]
    batches: list[Batch]
    use: Use | None
    """None where nothing was carried. Of a service elsewhere each part is taken to be busy at the
    knee, which is the most it can be."""
    needs: list[Need]
    costs: list[Cost]
    curves: dict[str, list[float]]
    """USD per million comments of each design, at CURVE_VOLUMES."""
    prices: Prices
    others: float
    """Cores that other processes of the machine used meanwhile."""


class Trials:
    """Load for a URL, and the CPU of what is in sight behind it."""

    def __init__(
        self, url: str, headers: Mapping[str, str] | None = None, servers: Sequence[Server] = ()
    ) -> None:
        self._url = url
        self._headers = headers or {}
        self._servers = servers
        self._bodies = texts.bodies()

    def offer(self, rate: float, seconds: float) -> Trial:
        """Open-loop load of so many comments/s.

        Raises:
            LoadTestError: it cannot be reached any more.
        """
        times = openloop.arrivals(rate, seconds, random.Random(rate)) or [0.0]  # noqa: S311
        before = self._cpu()
        try:
            load = uvloop.run(openloop.offer(self._url, self._bodies, times, rate, self._headers))
        except OSError as error:
            raise LoadTestError(f"{self._url} cannot be reached: {error}") from None
        after = self._cpu()
        return Trial(load, {name: (after[name] - before[name]) / load.seconds for name in after})

    def _cpu(self) -> dict[str, float]:
        generator = psutil.Process().cpu_times()
        return {
            **{server.name: server.cpu_seconds() for server in self._servers},
            "generator": generator.user + generator.system,
        }


def run(
    *,
    url: str | None,
    token: str,
    store: str,
    rates: Sequence[float],
    seconds: float,
    progress: Progress,
) -> Capacity:
    """Measure and reckon.

    Args:
        url: the base URL of a gateway that runs; if None, one is started, and a Bento.
        token: for a gateway that asks for one.
        store: `sqlite` or `dynamodb`, for what is started.
        rates: comments/s to count pods for.
        seconds: length of each trial.
        progress: told what is going on.

    Raises:
        LoadTestError: a rate is not finite, a server did not start or does not take comments, or
            the texts are missing.
    """
    for rate in rates:
        if not math.isfinite(rate):
            raise LoadTestError(f"--rate {rate}: not a number of comments/s")
    about = results.about()
    prices = Prices.read()
    task = progress.add_task("starting", total=None)

    def carries(rate: float) -> bool:
        trial = to.offer(rate, seconds)
        searched.append(trial)
        progress.update(
            task,
            description=f"{rate:,.0f}/s: p99 {trial.load.p99_ms:,.0f} ms,"
            f" {trial.load.errors:,} errors{'' if trial.carried else '; too much'}",
        )
        return trial.carried

    searched: list[Trial] = []
    others = Others()
    with _trials(url, token, store) as to, others:
        to.offer(FIRST_RATE, WARM_UP_SECONDS)
        found, _ = knee.find(carries, start=FIRST_RATE)
        searched += [to.offer(part * found, seconds) for part in CURVE_SHARES if found]
    calls = [] if url else measure_batches()
    use = measured_use(found, searched, calls, prices.shipped.target_cores)
    return Capacity(
        **about,
        kind=KIND,
        target=url or f"one gateway, one Bento, {store}",
        seconds=seconds,
        knee=found,
        trials=searched,
        batches=calls,
        use=use,
        needs=needs(rates, use, prices) if use else [],
        costs=[
            each
            for volume in VOLUMES
            for each in (cost.all_designs(volume, CHARACTERS, use, prices) if use else [])
        ],
        curves=curves(use, prices) if use else {},
        prices=prices,
        others=others.cores,
    )


def needs(rates: Sequence[float], use: Use, prices: Prices) -> list[Need]:
    """Each part by its own CPU."""
    return [
        Need(rate, cost.pods(rate, use.gateway, prices), cost.pods(rate, use.bento, prices))
        for rate in rates
    ]


def curves(use: Use, prices: Prices) -> dict[str, list[float]]:
    """USD per million of each design, by volume."""
    found: dict[str, list[float]] = {}
    for volume in CURVE_VOLUMES:
        for each in cost.all_designs(volume, CHARACTERS, use, prices):
            found.setdefault(each.design, []).append(each.per_million)
    return found


def measured_use(
    found: float, trials: Sequence[Trial], calls: Sequence[Batch], cores: float
) -> Use | None:
    """CPU a comment of pods that use so many cores each; it falls with the load, as batches grow.

    Args:
        found: the knee, in comments/s.
        trials: of which those within bounds count.
        calls: to the Bento by itself; none where its CPU is not in sight.
        cores: that the autoscalers aim at.
    """
    if not found:
        return None
    if not calls:
        return Use(1 / found, 1 / found, 1 / found)
    carried = [trial for trial in trials if trial.carried]

    def seconds(part: str) -> float:
        points = sorted((trial.cpu[part], trial.cpu[part] / trial.load.rate) for trial in carried)
        used, each = np.array(points).T
        return float(np.interp(cores, used, each))

    return Use(seconds("gateway"), seconds("bento"), calls[0].cpu_seconds)


def measure_batches() -> list[Batch]:
    """
    Raises:
        LoadTestError: the Bento did not start, or did not answer.
    """
    with bento() as (url, server):
        return batches.measure(url, server)


@contextlib.contextmanager
def _trials(url: str | None, token: str, store: str) -> Iterator[Trials]:
    if url:
        base = url.rstrip("/")
        target.check(base, token)
        yield Trials(f"{base}/comments", target.headers(token))
        return
    with valence(store) as running:
        yield Trials(running.url, servers=running.servers)
