"""`python -m loadtest capacity`: the highest rate of one gateway with one Bento, and its price.

The knee is the highest rate at which 99 % of comments are answered within `LIMIT_MS` and none is
refused, under open-loop load. On one machine the load generator and the servers share the cores, so
the knee is the machine's. Pods are counted by the CPU time of a comment instead, which suffers less
from that, measured where a pod uses as much CPU as the autoscalers aim at.
"""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Iterator, Sequence

import click
import numpy as np
from rich.progress import Progress

from loadtest.capacity import cost
from loadtest.capacity.cost import CpuCost
from loadtest.capacity.prices import Prices
from loadtest.capacity.report import REPORT
from loadtest.capacity.result import CHARACTERS, CURVE_VOLUMES, KIND, VOLUMES, Capacity, Need
from loadtest.errors import LoadTestError
from loadtest.harness import command as options
from loadtest.harness import knee, target
from loadtest.harness.batches import Batch, measure_batches
from loadtest.harness.cpu import BackgroundCpu
from loadtest.harness.trial import Trial, Trials
from loadtest.reporting import result as results
from loadtest.servers.launch import valence

FIRST_RATE = 200.0
WARM_UP_SECONDS = 2.0
# Shares of the knee that the search for it passes over.
CURVE_SHARES = (0.02, 0.05, 0.4, 0.8)
POSITIVE = click.FloatRange(0, min_open=True)


@click.command("capacity")
@click.option("--url", help="A running gateway; without it, one is started, and a Bento.")
@click.option(
    "--token",
    envvar="TOKEN",
    default="",
    help="Token for --url, if it needs one; or TOKEN in the environment.",
)
@click.option(
    "--store", default="dynamodb", show_default=True, type=click.Choice(["dynamodb", "sqlite"]),
    help="Store of the gateway that is started: DynamoDB Local, or a file.",
)  # fmt: skip
@options.several("rate", (100.0, 1_000.0, 10_000.0), POSITIVE, "Comments/s to count pods for")
@options.seconds(6)
def command(
    url: str | None, token: str, store: str, rate: tuple[float, ...], seconds: float
) -> None:
    """Find the highest rate of one gateway with one Bento, the pods for given rates, and the price.

    Exit code 1 if no rate at all was carried.
    """
    with options.progress_bar() as bar:
        result = run(url=url, token=token, store=store, rates=rate, seconds=seconds, progress=bar)
    REPORT.publish(result)
    sys.exit(not result.knee)


def run(
    *,
    url: str | None,
    token: str,
    store: str,
    rates: Sequence[float],
    seconds: float,
    progress: Progress,
) -> Capacity:
    """Measure, and compute pods and prices.

    Args:
        url: the base URL of a running gateway; if None, one is started, and a Bento.
        token: for a gateway that needs one.
        store: `sqlite` or `dynamodb`, of the gateway that is started.
        rates: comments/s to count pods for.
        seconds: length of each trial.
        progress: shows the current rate.

    Raises:
        LoadTestError: a rate is not finite, a server did not start or does not accept comments, or
            the texts are missing.
    """
    for rate in rates:
        if not math.isfinite(rate):
            raise LoadTestError(f"--rate {rate}: not a number of comments/s")
    about = results.about()
    prices = Prices.read()
    task = progress.add_task("starting", total=None)
    done: list[Trial] = []

    def carries(rate: float) -> bool:
        trial = trials.offer(rate, seconds)
        done.append(trial)
        progress.update(
            task,
            description=f"{rate:,.0f}/s: p99 {trial.load.p99_ms:,.0f} ms,"
            f" {trial.load.errors:,} errors{'' if trial.carried else '; too much'}",
        )
        return trial.carried

    background = BackgroundCpu()
    with _trials(url, token, store) as trials, background:
        trials.offer(FIRST_RATE, WARM_UP_SECONDS)
        highest, _ = knee.find(carries, start=FIRST_RATE)
        done += [trials.offer(share * highest, seconds) for share in CURVE_SHARES if highest]
    calls = [] if url else measure_batches()
    cpu = cpu_of_a_comment(highest, done, calls, prices.shipped.target_cores)
    return Capacity(
        **about,
        kind=KIND,
        target=url or f"one gateway, one Bento, {store}",
        seconds=seconds,
        knee=highest,
        trials=done,
        batches=calls,
        cpu=cpu,
        needs=needs(rates, cpu, prices) if cpu else [],
        costs=[
            each
            for volume in VOLUMES
            for each in (cost.all_designs(volume, CHARACTERS, cpu, prices) if cpu else [])
        ],
        curves=curves(cpu, prices) if cpu else {},
        prices=prices,
        background_cores=background.cores,
    )


def needs(rates: Sequence[float], cpu: CpuCost, prices: Prices) -> list[Need]:
    """The pods of each part for each rate."""
    return [
        Need(rate, cost.pods(rate, cpu.gateway, prices), cost.pods(rate, cpu.bento, prices))
        for rate in rates
    ]


def curves(cpu: CpuCost, prices: Prices) -> dict[str, list[float]]:
    """USD per million comments of each design, at CURVE_VOLUMES."""
    by_design: dict[str, list[float]] = {}
    for volume in CURVE_VOLUMES:
        for each in cost.all_designs(volume, CHARACTERS, cpu, prices):
            by_design.setdefault(each.design, []).append(each.per_million)
    return by_design


def cpu_of_a_comment(
    highest: float, trials: Sequence[Trial], calls: Sequence[Batch], cores: float
) -> CpuCost | None:
    """CPU time of a comment in pods that use `cores` cores each; it falls with the load, as batches
    grow.

    Args:
        highest: the knee, in comments/s.
        trials: those that were carried count.
        calls: of the Bento alone; none if its CPU cannot be read.
        cores: the autoscalers' target.
    """
    if not highest:
        return None
    if not calls:
        return CpuCost(1 / highest, 1 / highest, 1 / highest)
    carried = [trial for trial in trials if trial.carried]

    def seconds(server: str) -> float:
        points = sorted((t.cpu[server], t.cpu[server] / t.load.rate) for t in carried)
        used, each = np.array(points).T
        return float(np.interp(cores, used, each))

    return CpuCost(seconds("gateway"), seconds("bento"), calls[0].cpu_seconds)


@contextlib.contextmanager
def _trials(url: str | None, token: str, store: str) -> Iterator[Trials]:
    if url:
        base = url.rstrip("/")
        target.check(base, token)
        yield Trials(f"{base}/comments", target.headers(token))
        return
    with valence(store) as running:
        yield Trials(running.url, servers=running.servers)
