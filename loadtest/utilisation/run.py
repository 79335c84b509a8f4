"""`python -m loadtest utilisation`: whether the Bento's CPU is proportional to its load.

An autoscaler on CPU can only follow load if CPU rises in proportion to it. How long the gateway
waits before a call (its settings BATCH_PAUSE_FACTOR and BATCH_MIN_COMMENTS) decides that; pairs of
them are compared here, in turns, at rates from 10 % to 120 % of the knee.
"""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.progress import Progress

from loadtest.harness import command as options
from loadtest.harness import texts, wrk
from loadtest.harness.cpu import BackgroundCpu
from loadtest.harness.trial import Trials
from loadtest.harness.wrk import COMMENT
from loadtest.reporting import result as results
from loadtest.servers.launch import Running, valence
from loadtest.utilisation.report import REPORT
from loadtest.utilisation.result import KIND, SHARES, Curve, Utilisation

KNEE_CONNECTIONS = 64
WARM_UP_SECONDS = 2


@click.command("utilisation")
@options.several(
    "pause-factor",
    (0.0, 1.0, 2.0, 4.0, 8.0),
    click.FloatRange(0, 10),
    "Values of BATCH_PAUSE_FACTOR",
)
@options.several("min-comments", (16, 32, 64), click.IntRange(1), "Values of BATCH_MIN_COMMENTS")
@options.rounds(1)
@options.seconds(5)
def command(
    pause_factor: tuple[float, ...], min_comments: tuple[int, ...], rounds: int, seconds: float
) -> None:
    """Measure the Bento's CPU against the rate of comments, for pairs of gateway settings."""
    # Without a pause there is nothing that waiting comments could end.
    pairs = [
        (pause, count)
        for pause in pause_factor
        for count in (min_comments if pause else min_comments[:1])
    ]
    with options.progress_bar() as bar:
        result = run(pairs, seconds=seconds, rounds=rounds, progress=bar)
    REPORT.publish(result)


def run(
    pairs: Sequence[tuple[float, int]], *, seconds: float, rounds: int, progress: Progress
) -> Utilisation:
    """Measure all pairs of BATCH_PAUSE_FACTOR and BATCH_MIN_COMMENTS.

    Raises:
        LoadTestError: wrk or the texts are missing, or a server did not start.
    """
    wrk.check()
    about = results.about()
    progress.add_task("searching the knee", total=rounds * len(pairs) * len(SHARES))
    with valence("sqlite") as running:
        _warm_up(running)
        knee = wrk.run(
            running.url, COMMENT, texts.ensure(), connections=KNEE_CONNECTIONS, seconds=seconds
        ).rate
    curves = [Curve(pause_factor, min_comments) for pause_factor, min_comments in pairs]
    with BackgroundCpu() as background:
        _measure(curves, knee, seconds=seconds, rounds=rounds, progress=progress)
    return Utilisation(
        **about,
        kind=KIND,
        seconds=seconds,
        rounds=rounds,
        knee=round(knee),
        curves=curves,
        background_cores=background.cores,
    )


def _measure(
    curves: Sequence[Curve], knee: float, *, seconds: float, rounds: int, progress: Progress
) -> None:
    [task] = progress.task_ids
    for number in range(rounds):
        for curve in curves if number % 2 == 0 else reversed(curves):
            progress.update(task, description=f"round {number + 1}: {curve.title}")
            settings = {
                "BATCH_PAUSE_FACTOR": str(curve.pause_factor),
                "BATCH_MIN_COMMENTS": str(curve.min_comments),
            }
            with valence("sqlite", **settings) as running:
                _warm_up(running)
                trials = Trials(running.url, servers=running.servers)
                for share in SHARES:
                    trial = trials.offer(share * knee, seconds, seed=number)
                    curve.trials.setdefault(share, []).append(trial)
                    progress.advance(task)


def _warm_up(running: Running) -> None:
    wrk.run(running.url, COMMENT, texts.ensure(), connections=32, seconds=WARM_UP_SECONDS)
