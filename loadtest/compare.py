"""`python -m loadtest compare`: who answers how much, all on one machine in one run.

The contenders take turns in rounds, each started anew, so that what else the machine does meets all
of them alike; each figure is the median over the rounds. Only ratios within a run mean something.
"""

from __future__ import annotations

import statistics
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.progress import Progress

from loadtest import results, texts, wrk
from loadtest.contenders import Contender, Running
from loadtest.failures import FAILURES
from loadtest.others import Others
from loadtest.results import Result
from loadtest.wrk import Sample

KIND = "compare"
WARM_UP_SECONDS = 2
WARM_UP_CONNECTIONS = 32
WEIGH_SECONDS = 0.5


class Round(msgspec.Struct):
    """One start of a contender; memory in 10^6 bytes, the most that was seen under load."""

    ready_seconds: dict[str, float]
    memory_mb: dict[str, float]
    runs: dict[int, Sample]
    """By the number of connections."""
    others: float = 0.0
    """Cores that other processes of the machine used meanwhile."""
    cpu_ms: float = 0.0
    """CPU time of the servers a request, over all runs; DynamoDB Local's is not counted. It suffers
    less from others than rates do."""


class Line(msgspec.Struct):
    """One contender's figures; `failed` says why there are none, or not of all rounds."""

    name: str
    title: str
    durable: bool
    rounds: list[Round] = []
    failed: str | None = None

    def median(self, connections: int, figure: str) -> float:
        """Of `rate`, `p50_ms` or `p99_ms`."""
        figures: list[float] = [getattr(each.runs[connections], figure) for each in self.rounds]
        return statistics.median(figures)

    def spread(self, connections: int) -> tuple[float, float]:
        """The lowest and the highest rate of the rounds."""
        rates = [each.runs[connections].rate for each in self.rounds]
        return min(rates), max(rates)

    @property
    def errors(self) -> int:
        return sum(sample.errors for each in self.rounds for sample in each.runs.values())

    @property
    def cpu_ms(self) -> float:
        """A request; the median of the rounds."""
        return statistics.median(each.cpu_ms for each in self.rounds)

    @property
    def memory_mb(self) -> dict[str, float]:
        """The most of all rounds, by server."""
        names = self.rounds[0].memory_mb if self.rounds else {}
        return {name: max(each.memory_mb[name] for each in self.rounds) for name in names}

    @property
    def ready_seconds(self) -> dict[str, float]:
        """The median of the rounds, by server."""
        names = self.rounds[0].ready_seconds if self.rounds else {}
        return {
            name: statistics.median(each.ready_seconds[name] for each in self.rounds)
            for name in names
        }


class Comparison(Result, frozen=True, kw_only=True):
    """The result of `compare`."""

    seconds: float
    rounds: int
    connections: list[int]
    texts: dict[str, float]
    lines: list[Line]

    @property
    def others(self) -> float:
        """Cores that other processes used, on average; near 0 on a machine that is quiet."""
        rounds = [each.others for line in self.lines for each in line.rounds]
        return statistics.mean(rounds) if rounds else 0.0

    def ratio(self, line: Line, connections: int) -> float | None:
        """Its rate in naive pipelines; None without one of the two."""
        naive = next((each for each in self.lines if each.name == "naive"), None)
        if not (naive and naive.rounds and line.rounds):
            return None
        return line.median(connections, "rate") / naive.median(connections, "rate")


def run(
    contenders: Sequence[Contender],
    *,
    seconds: float,
    rounds: int,
    connections: Sequence[int],
    progress: Progress,
) -> Comparison:
    """Measure all contenders; one that fails is reported as such and the others go on.

    Raises:
        LoadTestError: wrk or the texts are missing.
    """
    wrk.check()
    file = texts.ensure()
    about = results.about()
    lines = {each.name: Line(each.name, each.title, each.durable) for each in contenders}
    task = progress.add_task("", total=rounds * len(contenders))
    for number in range(rounds):
        # Back and forth, so that nobody always comes first or after the same other.
        for contender in contenders if number % 2 == 0 else reversed(contenders):
            line = lines[contender.name]
            progress.update(task, description=f"round {number + 1}: {contender.title}")
            if line.failed is None:
                try:
                    with contender.start() as running:
                        line.rounds.append(_measure(contender, running, file, seconds, connections))
                except FAILURES as error:
                    line.failed = str(error)
            progress.advance(task)
    return Comparison(
        kind=KIND,
        **about,
        seconds=seconds,
        rounds=rounds,
        connections=list(connections),
        texts=texts.summary(texts.read()),
        lines=list(lines.values()),
    )


def _measure(
    contender: Contender, running: Running, file: Path, seconds: float, connections: Sequence[int]
) -> Round:
    body, url = contender.body, running.url
    wrk.run(url, body, file, connections=WARM_UP_CONNECTIONS, seconds=WARM_UP_SECONDS)
    memory: dict[str, float] = {}
    done = threading.Event()

    def weigh() -> None:
        while True:
            for server in running.servers:
                memory[server.name] = max(memory.get(server.name, 0), server.memory_mb())
            if done.wait(WEIGH_SECONDS):
                return

    scale = threading.Thread(target=weigh)
    scale.start()
    try:
        before = sum(each.cpu_seconds() for each in running.servers)
        with Others() as others:
            runs = {
                count: wrk.run(url, body, file, connections=count, seconds=seconds)
                for count in connections
            }
    finally:
        done.set()
        scale.join()
    cpu = sum(each.cpu_seconds() for each in running.servers) - before
    requests = sum(each.requests for each in runs.values())
    ready = {each.name: each.ready_seconds for each in running.servers}
    return Round(ready, memory, runs, others.cores, 1e3 * cpu / max(requests, 1))
