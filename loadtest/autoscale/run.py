"""`python -m loadtest autoscale`: autoscalers under a step of load.

Comments are due by a Poisson process, at a low rate, a high one, and the low one again; latency
counts from when each was due. Each comes on a connection of its own, as from a new visitor: a kept
connection may be closed by a proxy just as it is used, and that loss would be the client's.
"""

from __future__ import annotations

import asyncio
import math
import random
import sys
import time
from pathlib import Path

import click
import uvloop
from rich.progress import Progress

from loadtest.autoscale.cluster import Cluster
from loadtest.autoscale.report import REPORT
from loadtest.autoscale.result import KIND, Answer, Autoscale, Sample, Stage
from loadtest.harness import command as options
from loadtest.harness import generator, target, texts
from loadtest.harness.arrivals import arrivals
from loadtest.harness.sampling import sampling
from loadtest.reporting import result as results

SAMPLE_SECONDS = 1.0
STAGES = "10:60,100:180,10:240"


def stages(text: str) -> list[Stage]:
    """Rates and times, as in 10:60,100:180,10:240.

    Raises:
        ValueError: the text is not of that form, or a number in it is not above 0.
    """
    given = [Stage(*map(float, part.split(":", 1))) for part in text.split(",")]
    if any(not (0 < each.rate < math.inf and 0 < each.seconds < math.inf) for each in given):
        raise ValueError("rates and seconds must be above 0")
    return given


def _stages(_: click.Context, __: click.Parameter, text: str) -> list[Stage]:
    try:
        return stages(text)
    except (TypeError, ValueError):
        raise click.BadParameter(f"{text!r} is not like {STAGES}") from None


@click.command("autoscale")
@click.option("--url", required=True, help="The Ingress.")
@click.option(
    "--kubeconfig",
    envvar="KUBECONFIG",
    type=click.Path(path_type=Path),
    help="The cluster; else kubectl's default.  [env var: KUBECONFIG]",
)
@click.option("--namespace", default="valence", show_default=True, help="Where Valence is.")
@click.option("--token", default="", envvar="LOCUST_TOKEN", help="With the role submit and read.")
@click.option(
    "--stages",
    "steps",
    default=STAGES,
    show_default=True,
    callback=_stages,
    help="Comments/s and for how many seconds.",
)
def command(
    url: str, kubeconfig: Path | None, namespace: str, token: str, steps: list[Stage]
) -> None:
    """Step the load through the Ingress up and down, and watch the autoscalers.

    Exit code 1 if a comment was not acknowledged.
    """
    cluster = Cluster(kubeconfig, namespace)
    with options.progress_bar() as bar:
        result = run(url.rstrip("/"), token, cluster, steps, bar)
    REPORT.publish(result)
    sys.exit(result.lost > 0)


def run(
    url: str, token: str, cluster: Cluster, steps: list[Stage], progress: Progress
) -> Autoscale:
    """Offer the load, and watch the cluster.

    Raises:
        LoadTestError: the target or the cluster cannot be reached, or nothing there is scaled.
    """
    target.check(url, token)
    settings = cluster.settings()
    about = results.about()
    texts.ensure()
    total = round(sum(stage.seconds for stage in steps))
    task = progress.add_task("", total=total)

    samples: list[Sample] = []
    start = time.time()

    def sample() -> None:
        state = cluster.sample(time.time() - start)
        if state is None:
            return
        samples.append(state)
        ready = (f"{name} {each.ready} of {each.desired}" for name, each in state.scaled.items())
        progress.update(
            task, completed=min(total, round(state.second)), description=", ".join(ready)
        )

    with sampling(sample, SAMPLE_SECONDS):
        answers = uvloop.run(_offer(url, token, steps))
    return Autoscale(
        **about,
        kind=KIND,
        url=url,
        cluster=cluster.about(),
        stages=steps,
        settings=settings,
        answers=sorted(answers, key=lambda answer: answer.due),
        samples=samples,
        events=cluster.events(start),
    )


async def _offer(url: str, token: str, steps: list[Stage]) -> list[Answer]:
    rng = random.Random()  # noqa: S311
    times: list[float] = []
    end = 0.0
    for stage in steps:
        times += [end + due for due in arrivals(stage.rate, stage.seconds, rng)]
        end += stage.seconds
    answers: list[Answer] = []

    def keep(answer: generator.Answer) -> None:
        answers.append(Answer(round(answer.due, 4), round(answer.seconds, 4), answer.status))

    load = generator.post(
        f"{url}/comments", texts.bodies(), times, keep,
        headers=target.headers(token), connections=None,
    )  # fmt: skip
    await asyncio.gather(load, asyncio.sleep(end))
    return answers
