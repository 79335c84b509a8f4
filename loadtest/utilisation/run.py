"""`python -m loadtest utilisation`: does the Bento's CPU say how much it is asked?

An autoscaler on CPU can only follow load if CPU rises in proportion to it. How the gateway waits
before a call (its settings REST and EAGER_COMMENTS) decides that; here pairs of them are compared,
in turns, at rates from 10 % to 120 % of the knee.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator, Sequence

import msgspec
import uvloop
from rich.progress import Progress

from loadtest.compare.contenders import COMMENT
from loadtest.harness import open_loop as openloop
from loadtest.harness import result as results
from loadtest.harness import texts, wrk
from loadtest.harness.background_cpu import Others
from loadtest.harness.open_loop import Load
from loadtest.harness.result import Result
from loadtest.servers.launch import Running, valence

KIND = "utilisation"
SHARES = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2)
KNEE_CONNECTIONS = 64
WARM_UP_SECONDS = 2
# How much later than with the quickest pair a comment may be answered for the sake of proportion,
# at any rate up to 80 % of the knee: a tenth of what a person notices.
TOLERABLE_MS = 10.0


class Point(msgspec.Struct):
    """One rate; CPU in cores (1: one core all the time)."""

    share: float
    load: Load
    cpu: dict[str, float]


class Curve(msgspec.Struct):
    """One pair of settings, at all rates."""

    rest: float
    eager: int
    points: list[Point] = []

    @property
    def title(self) -> str:
        return f"REST={self.rest:g}" + (f" EAGER={self.eager}" if self.rest else "")

    def cpu(self, share: float, server: str = "bento") -> float:
        """Cores, the median over the rounds."""
        return statistics.median(p.cpu[server] for p in self.points if p.share == share)

    def latency(self, share: float, figure: str) -> float:
        """`p50_ms` or `p99_ms`, the median over the rounds."""
        figures: list[float] = [getattr(p.load, figure) for p in self.points if p.share == share]
        return statistics.median(figures)

    @property
    def deviation(self) -> float:
        """How far CPU is from proportional to the rate: the mean distance from the straight line
        through nothing and the knee, as a share of the CPU at the knee."""
        shares = [share for share in SHARES if share < 1]
        return statistics.mean(abs(self.cpu(s) / self.cpu(1.0) - s) for s in shares)


class Utilisation(Result, frozen=True, kw_only=True):
    """The result of `utilisation`; `knee` in comments/s."""

    seconds: float
    rounds: int
    knee: float
    curves: list[Curve]
    others: float = 0.0
    """Cores that other processes of the machine used meanwhile."""

    @property
    def best(self) -> Curve:
        """The most proportional curve among those that answer quickly enough."""
        busy = [share for share in SHARES if share <= 0.8]
        least = {s: min(curve.latency(s, "p50_ms") for curve in self.curves) for s in busy}
        quick = [
            curve
            for curve in self.curves
            if all(curve.latency(s, "p50_ms") <= least[s] + TOLERABLE_MS for s in busy)
            and not any(p.load.errors for p in curve.points if p.share in busy)
        ]
        return min(quick or self.curves, key=lambda curve: curve.deviation)


def run(
    pairs: Sequence[tuple[float, int]], *, seconds: float, rounds: int, progress: Progress
) -> Utilisation:
    """Measure all pairs of REST and EAGER_COMMENTS.

    Raises:
        LoadTestError: wrk or the texts are missing, or a server did not start.
    """
    wrk.check()
    about = results.about()
    bodies = texts.bodies()
    progress.add_task("finding the knee", total=rounds * len(pairs) * len(SHARES))
    with valence("sqlite") as running:
        _warm_up(running)
        knee = wrk.run(
            running.url, COMMENT, texts.ensure(), connections=KNEE_CONNECTIONS, seconds=seconds
        ).rate
    curves = [Curve(rest, eager) for rest, eager in pairs]
    others = Others()
    with others:
        _turns(curves, bodies, knee, seconds=seconds, rounds=rounds, progress=progress)
    return Utilisation(
        **about,
        kind=KIND,
        seconds=seconds,
        rounds=rounds,
        knee=round(knee),
        curves=curves,
        others=others.cores,
    )


def _turns(
    curves: Sequence[Curve],
    bodies: Iterator[str],
    knee: float,
    *,
    seconds: float,
    rounds: int,
    progress: Progress,
) -> None:
    [task] = progress.task_ids
    for number in range(rounds):
        for curve in curves if number % 2 == 0 else reversed(curves):
            progress.update(task, description=f"round {number + 1}: {curve.title}")
            settings = {"REST": str(curve.rest), "EAGER_COMMENTS": str(curve.eager)}
            with valence("sqlite", **settings) as running:
                _warm_up(running)
                for share in SHARES:
                    curve.points.append(_point(running, bodies, share, knee, seconds))
                    progress.advance(task)


def _warm_up(running: Running) -> None:
    wrk.run(running.url, COMMENT, texts.ensure(), connections=32, seconds=WARM_UP_SECONDS)


def _point(
    running: Running, bodies: Iterator[str], share: float, knee: float, seconds: float
) -> Point:
    times = openloop.arrivals(share * knee, seconds, random.Random(share))  # noqa: S311
    before = {server.name: server.cpu_seconds() for server in running.servers}
    load = uvloop.run(openloop.offer(running.url, bodies, times, share * knee))
    cpu = {
        server.name: (server.cpu_seconds() - before[server.name]) / load.seconds
        for server in running.servers
    }
    return Point(share, load, cpu)
