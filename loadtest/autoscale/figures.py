"""Interprets the samples of autoscalers under load."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Iterator
from typing import NamedTuple

from loadtest.autoscale.result import Autoscale, Workload
from loadtest.harness.quantiles import quantile

BIN_SECONDS = 5.0
REACTION_SECONDS = 60.0
# Kubernetes' default: an autoscaler accepts a deviation from its target by this share.
TOLERANCE = 0.1


class Bin(NamedTuple):
    """Five seconds of load and its outcome; latencies are those of comments that were due then."""

    second: float
    """The middle of the bin."""
    offered: float
    """Comments a second that were due."""
    achieved: float
    """Comments a second that were acknowledged then, whenever they were due."""
    lost: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


class Scaling(NamedTuple):
    """How one workload followed the load."""

    name: str
    per_pod: float | None
    """Comments/s that bring a pod to the autoscaler's target, by the CPU that it used under the
    highest load; None if unknown."""
    before: int
    """Replicas at the step up."""
    most: int
    """Highest number of replicas desired."""
    ideal: int | None
    """Replicas that the highest rate needs: the fewest that the autoscaler would keep."""
    first_seconds: float | None
    """From the step up until one more replica was ready; None: never."""
    enough_seconds: float | None
    """From the step up until as many were ready as the highest rate needs."""
    back_seconds: float | None
    """From the step down until there were as few as before."""
    over: int | None
    """Highest number of replicas desired above the ideal, during the highest rate."""
    under: int | None
    """Highest number of ready replicas missing from the ideal."""
    flaps: int | None
    """How often the desired replicas turned from more to fewer or back and the ideal did not."""
    used: float
    """Pod-seconds of replicas that were desired or ready."""
    needed: float | None
    """Pod-seconds of the ideal."""
    restarts: int


def step(result: Autoscale) -> tuple[float, float]:
    """The start and the end of the highest stage."""
    highest = max(range(len(result.stages)), key=lambda index: result.stages[index].rate)
    ends = [0.0, *itertools.accumulate(stage.seconds for stage in result.stages)]
    return ends[highest], ends[highest + 1]


def bins(result: Autoscale) -> Iterator[Bin]:
    """The whole load by five seconds; latencies are NaN where nothing was acknowledged."""
    for number in range(math.ceil(result.seconds / BIN_SECONDS)):
        start, end = number * BIN_SECONDS, (number + 1) * BIN_SECONDS
        length = min(end, result.seconds) - start
        due = [answer for answer in result.answers if start <= answer.due < end]
        good = [answer.seconds * 1e3 for answer in due if answer.acknowledged]
        arrived = sum(
            answer.acknowledged and start <= answer.due + answer.seconds < end
            for answer in result.answers
        )
        yield Bin(
            start + length / 2,
            len(due) / length,
            arrived / length,
            len(due) - len(good),
            *(quantile(good, share) for share in (0.5, 0.95, 0.99)),
        )


def scaling(result: Autoscale, name: str) -> Scaling:
    """How the workload of that name followed the load."""
    history = [(each.second, each.scaled[name]) for each in result.samples if name in each.scaled]
    up, down = step(result)
    settings = result.settings[name]
    before = next(
        (each.desired for second, each in reversed(history) if second < up), settings.least
    )
    during = [(second, each) for second, each in history if up <= second < down]
    after = [(second, each) for second, each in history if second >= down]
    ideal = ideal_of(result, name)
    wanted = ideal(up) if ideal else None
    first = _after(up, history, lambda each: each.ready > before)
    turns = _turns([each.desired for _, each in history])
    return Scaling(
        name=name,
        per_pod=per_pod(result, name),
        before=before,
        most=max(each.desired for _, each in history),
        ideal=wanted,
        first_seconds=first,
        enough_seconds=_after(up, during, lambda each: each.ready >= (wanted or 0)),
        back_seconds=_after(down, after, lambda each: max(each.desired, each.ready) <= before),
        over=max([0, *(each.desired - wanted for _, each in during)]) if wanted else None,
        under=max([0, *(ideal(at) - each.ready for at, each in history)]) if ideal else None,
        flaps=max(0, turns - _turns([ideal(at) for at, _ in history])) if ideal else None,
        used=_integral([(at, max(each.desired, each.ready)) for at, each in history]),
        needed=_integral([(at, ideal(at)) for at, _ in history]) if ideal else None,
        restarts=_rises([each.restarts for _, each in history]),
    )


def reaction_p99(result: Autoscale) -> float:
    """The p99 in ms of comments that were due in the minute after the step up, lost or not."""
    up, _ = step(result)
    due = [each for each in result.answers if up <= each.due < up + REACTION_SECONDS]
    return quantile([each.seconds * 1e3 for each in due], 0.99)


def ideal_of(result: Autoscale, name: str) -> Callable[[float], int] | None:
    """The fewest replicas that the autoscaler would keep, by time; None if unknown."""
    each_pod = per_pod(result, name)
    if not each_pod:
        return None
    settings = result.settings[name]

    def ideal(second: float) -> int:
        needed = math.ceil(result.rate(second) / (each_pod * (1 + TOLERANCE)))
        return min(settings.most, max(settings.least, needed))

    return ideal


def per_pod(result: Autoscale, name: str) -> float | None:
    """Comments/s that bring a pod to the autoscaler's target.

    It is computed from the second half of the highest stage, as metrics are half a minute late.
    """
    up, down = step(result)
    late = [each for each in result.samples if (up + down) / 2 <= each.second < down]
    used = [cpu for each in late if name in each.scaled and (cpu := each.scaled[name].cpu)]
    achieved = [each.achieved for each in bins(result) if (up + down) / 2 <= each.second < down]
    if not used or not any(achieved):
        return None
    each_comment = statistics.mean(used) / statistics.mean(achieved)
    settings = result.settings[name]
    return settings.target / 100 * settings.cpu / each_comment


def _after(
    start: float, history: list[tuple[float, Workload]], reached: Callable[[Workload], bool]
) -> float | None:
    return next((at - start for at, each in history if at >= start and reached(each)), None)


def _rises(counts: list[int]) -> int:
    """The sum of all increases; counts fall when a pod that had restarted is removed."""
    return sum(max(0, later - count) for count, later in itertools.pairwise(counts))


def _turns(counts: list[int]) -> int:
    steps = [later > count for count, later in itertools.pairwise(counts) if later != count]
    return sum(later != rose for rose, later in itertools.pairwise(steps))


def _integral(points: list[tuple[float, int]]) -> float:
    return sum((later - at) * value for (at, value), (later, _) in itertools.pairwise(points))
