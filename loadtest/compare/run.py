"""`python -m loadtest compare`: rates of Valence, the naive pipeline and other model servers.

All run on one machine in one run. The contenders take turns in rounds, each started anew, so that
other processes of the machine disturb all of them alike; each figure is the median over the rounds.
Only ratios within a run mean something.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.progress import Progress

from loadtest.compare.contenders import CONTENDERS, Contender
from loadtest.compare.report import REPORT
from loadtest.compare.result import KIND, Comparison, Line, Round
from loadtest.errors import LoadTestError
from loadtest.harness import command as options
from loadtest.harness import texts, wrk
from loadtest.harness.cpu import BackgroundCpu, CpuTime
from loadtest.harness.sampling import sampling
from loadtest.reporting import result as results
from loadtest.servers.launch import Running

WARM_UP_SECONDS = 6  # DynamoDB Local is Java, and slow until it is compiled
WARM_UP_CONNECTIONS = 32
MEMORY_SAMPLE_SECONDS = 0.5


@click.command("compare")
@options.several("only", (), click.Choice([c.name for c in CONTENDERS]), "Only this contender")
@options.several("connections", (1, 32, 256), click.IntRange(1), "Concurrent connections")
@options.rounds(3)
@options.seconds(8)
def command(
    only: tuple[str, ...], connections: tuple[int, ...], rounds: int, seconds: float
) -> None:
    """Measure Valence, the naive pipeline and other model servers in turns.

    Exit code 1 if one of them could not be measured or answered with an error.
    """
    chosen = [each for each in CONTENDERS if not only or each.name in only]
    with options.progress_bar() as bar:
        result = run(chosen, seconds=seconds, rounds=rounds, connections=connections, progress=bar)
    REPORT.publish(result)
    sys.exit(any(line.failed or line.errors for line in result.lines))


def run(
    contenders: Sequence[Contender],
    *,
    seconds: float,
    rounds: int,
    connections: Sequence[int],
    progress: Progress,
) -> Comparison:
    """Measure all contenders; if one fails, the result says why and the others go on.

    Raises:
        LoadTestError: wrk or the texts are missing.
    """
    wrk.check()
    file = texts.ensure()
    about = results.about()
    lines = {
        each.name: Line(each.name, each.title, each.durable, texts=each.body.texts)
        for each in contenders
    }
    task = progress.add_task("", total=rounds * len(contenders))
    for number in range(rounds):
        # Back and forth, so that none always comes first or after the same other.
        for contender in contenders if number % 2 == 0 else reversed(contenders):
            line = lines[contender.name]
            progress.update(task, description=f"round {number + 1}: {contender.title}")
            if line.failed is None:
                try:
                    with contender.start() as running:
                        line.rounds.append(_measure(contender, running, file, seconds, connections))
                except LoadTestError as error:
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
    body, url, servers = contender.body, running.url + contender.path, running.servers
    wrk.run(url, body, file, connections=WARM_UP_CONNECTIONS, seconds=WARM_UP_SECONDS)
    memory: dict[str, float] = {}

    def sample_memory() -> None:
        for server in servers:
            memory[server.name] = max(memory.get(server.name, 0), server.memory_mb())

    sampler = sampling(sample_memory, MEMORY_SAMPLE_SECONDS)
    with sampler, CpuTime(servers) as cpu, BackgroundCpu() as background:
        runs = {
            count: wrk.run(url, body, file, connections=count, seconds=seconds)
            for count in connections
        }
    answered = sum(each.requests for each in runs.values()) * body.texts
    used = sum(cpu.seconds[server.name] for server in servers)
    ready = {server.name: server.ready_seconds for server in servers}
    return Round(ready, memory, runs, background.cores, 1e3 * used / max(answered, 1))
