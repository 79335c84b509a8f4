"""An autoscaler under a step of load: what is offered, what comes back, what Kubernetes does.

Comments are due by a Poisson process (`openloop.arrivals`), at a low rate, a high one, and the low
one again; latency counts from when each was due. Each comes on a connection of its own, as from a
new visitor: one that is kept may be closed by whatever stands in front just as it is used, and
that loss would be the client's.
"""

from __future__ import annotations

import asyncio
import math
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import aiohttp
import msgspec
import uvloop
from rich.progress import Progress

from loadtest.autoscale.cluster import Cluster, Event, Sample, Settings
from loadtest.harness import open_loop as openloop
from loadtest.harness import result as results
from loadtest.harness import target, texts
from loadtest.harness.result import Result

KIND = "autoscale"
PATIENCE_SECONDS = 15.0
POLL_SECONDS = 1.0


class Stage(msgspec.Struct, frozen=True):
    """A rate, in comments/s, and for how long."""

    rate: float
    seconds: float


def stages(text: str) -> list[Stage]:
    """Rates and times, as 10:60,100:180,10:240.

    Raises:
        ValueError: it is not of that form, or a number in it is not above 0.
    """
    found = [Stage(*map(float, part.split(":", 1))) for part in text.split(",")]
    if any(not (0 < each.rate < math.inf and 0 < each.seconds < math.inf) for each in found):
        raise ValueError("rates and seconds must be above 0")
    return found


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """What became of a comment. Times are in seconds from the start of the load."""

    due: float
    seconds: float
    """From then to the answer, or to giving up."""
    status: int
    """0 if there was no answer."""


class Autoscale(Result, frozen=True, kw_only=True):
    """The result of `autoscale`: raw samples; `autoscale_figures` says what they mean."""

    url: str
    cluster: str
    stages: list[Stage]
    settings: dict[str, Settings]
    """By the name of what is scaled."""
    answers: list[Answer]
    samples: list[Sample]
    events: list[Event]

    @property
    def seconds(self) -> float:
        """How long the load lasted."""
        return sum(stage.seconds for stage in self.stages)

    def rate(self, second: float) -> float:
        """What was offered then; before and after the load, nothing."""
        end = 0.0
        for stage in self.stages:
            end += stage.seconds
            if 0 <= second < end:
                return stage.rate
        return 0.0

    @property
    def lost(self) -> int:
        """Comments that were not acknowledged."""
        return sum(answer.status != 201 for answer in self.answers)


def run(
    url: str, token: str, cluster: Cluster, stages: list[Stage], progress: Progress
) -> Autoscale:
    """
    Raises:
        LoadTestError: the target or the cluster cannot be reached, or nothing there is scaled.
    """
    target.check(url, token)
    settings = cluster.settings()
    about = results.about()
    texts.ensure()
    total = round(sum(stage.seconds for stage in stages))
    task = progress.add_task("", total=total)

    def seen(sample: Sample) -> None:
        state = ", ".join(
            f"{name} {each.ready} of {each.desired}" for name, each in sample.scaled.items()
        )
        progress.update(task, completed=max(0, min(total, round(sample.second))), description=state)

    watch = _Watch(cluster, seen)
    with watch:
        answers = uvloop.run(_offer(url, token, stages))
    return Autoscale(
        **about,
        kind=KIND,
        url=url,
        cluster=cluster.about(),
        stages=stages,
        settings=settings,
        answers=sorted(answers, key=lambda answer: answer.due),
        samples=watch.samples,
        events=cluster.events(watch.began),
    )


class _Watch:
    """Looks at the cluster every second while the context lasts."""

    def __init__(self, cluster: Cluster, seen: Callable[[Sample], None]) -> None:
        self.samples: list[Sample] = []
        self.began = time.time()
        self._cluster = cluster
        self._seen = seen
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: Any) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.is_set():
            sample = self._cluster.sample(time.time() - self.began)
            if sample:
                self.samples.append(sample)
                self._seen(sample)
            self._stop.wait(POLL_SECONDS)


async def _offer(url: str, token: str, stages: list[Stage]) -> list[Answer]:
    chance = random.Random()  # noqa: S311
    due: list[float] = []
    start = 0.0
    for stage in stages:
        due += [start + at for at in openloop.arrivals(stage.rate, stage.seconds, chance)]
        start += stage.seconds
    answers: list[Answer] = []
    bodies = texts.bodies()
    loop = asyncio.get_running_loop()
    began = loop.time()
    headers = {"Content-Type": "application/json", **target.headers(token)}

    async def post(session: aiohttp.ClientSession, at: float, body: str) -> None:
        status = 0
        try:
            async with session.post(f"{url}/comments", data=body.encode()) as response:
                await response.read()
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            pass  # nothing was acknowledged: status 0
        answers.append(Answer(round(at, 4), round(loop.time() - began - at, 4), status))

    async with (
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True, limit=0),
            timeout=aiohttp.ClientTimeout(total=PATIENCE_SECONDS),
            headers=headers,
        ) as session,
        asyncio.TaskGroup() as tasks,
    ):
        for at in due:
            await asyncio.sleep(max(0.0, began + at - loop.time()))
            tasks.create_task(post(session, at, next(bodies)))
        await asyncio.sleep(max(0.0, began + start - loop.time()))
    return answers
