"""`python -m loadtest compare`: who answers how much, all on one machine in one run.

The contenders take turns in rounds, each started anew, so that what else the machine does meets all
of them alike; each figure is the median over the rounds. Only ratios within a run mean something.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from rich.progress import Progress

from loadtest.compare.contenders import Contender
from loadtest.compare.result import KIND, Comparison, Line, Round
from loadtest.failures import FAILURES
from loadtest.harness import result as results
from loadtest.harness import texts, wrk
from loadtest.harness.background_cpu import Others
from loadtest.servers.launch import Running

WARM_UP_SECONDS = 6  # DynamoDB Local is Java, and slow until it is compiled
WARM_UP_CONNECTIONS = 32
WEIGH_SECONDS = 0.5


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
