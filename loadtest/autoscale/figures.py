"""What the samples of an autoscaler under load mean."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Iterator
from typing import NamedTuple

from loadtest.autoscale.cluster import Workload
from loadtest.autoscale.run import Autoscale

BIN_SECONDS = 5.0
REACTION_SECONDS = 60.0
# Kubernetes' default: so far beyond its target an autoscaler is content.
TOLERANCE = 0.1
GOOD = 201


class Bin(NamedTuple):
    """Five seconds of what was offered and what came of it; latencies of what was due then."""

    second: float
    """Its middle."""
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
    highest load; None if that is not known."""
    before: int
    """Replicas at the step up."""
    most: int
    """Most replicas desired."""
    ideal: int | None
    """Replicas that the highest rate needs: the fewest that the autoscaler would keep."""
    first_seconds: float | None
    """From the step up until one more replica was ready; None: never."""
    enough_seconds: float | None
    """From the step up until as many were ready as the highest rate needs."""
    back_seconds: float | None
    """From the step down until there were as few as before."""
    over: int | None
    """Most replicas desired beyond the ideal for the rate at the time, while it was highest."""
    under: int | None
    """Most replicas missing from the ideal at one time."""
    flaps: int | None
    """How often the replicas desired turned from more to fewer or back, and the ideal did not."""
    used: float
    """Pod-seconds: replicas that were ready or were to be, over time."""
    needed: float | None
    """Pod-seconds of the ideal."""
    restarts: int


def step(result: Autoscale) -> tuple[float, float]:
    """When the highest stage begins and when it ends."""
    highest = max(range(len(result.stages)), key=lambda index: result.stages[index].rate)
    ends = [0.0, *itertools.accumulate(stage.seconds for stage in result.stages)]
    return ends[highest], ends[highest + 1]


def bins(result: Autoscale) -> list[Bin]:
    """The whole load in fives of seconds; without a latency where nothing was acknowledged."""
    return [*_bins(result)]


def _bins(result: Autoscale) -> Iterator[Bin]:
    for number in range(math.ceil(result.seconds / BIN_SECONDS)):
        start, end = number * BIN_SECONDS, (number + 1) * BIN_SECONDS
        length = min(end, result.seconds) - start
        due = [answer for answer in result.answers if start <= answer.due < end]
        good = [answer.seconds * 1e3 for answer in due if answer.status == GOOD]
        came = sum(
            answer.status == GOOD and start <= answer.due + answer.seconds < end
            for answer in result.answers
        )
        yield Bin(
            start + length / 2,
            len(due) / length,
            came / length,
            len(due) - len(good),
            *(quantile(good, share) for share in (0.5, 0.95, 0.99)),
        )


def quantile(values: list[float], share: float) -> float:
    """The value that `share` of them do not exceed; not a number if there are none."""
    ordered = sorted(values)
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else math.nan


def scaling(result: Autoscale, name: str) -> Scaling:
    """How the workload of that name followed."""
    seen = [(each.second, each.scaled[name]) for each in result.samples if name in each.scaled]
    up, down = step(result)
    settings = result.settings[name]
    before = next((each.desired for second, each in reversed(seen) if second < up), settings.least)
    during = [(second, each) for second, each in seen if up <= second < down]
    after = [(second, each) for second, each in seen if second >= down]
    ideal = ideal_of(result, name)
    wanted = ideal(up) if ideal else None
    first = _after(up, seen, lambda each: each.ready > before)
    turns = _turns([each.desired for _, each in seen])
    return Scaling(
        name=name,
        per_pod=per_pod(result, name),
        before=before,
        most=max(each.desired for _, each in seen),
        ideal=wanted,
        first_seconds=first,
        enough_seconds=_after(up, during, lambda each: each.ready >= (wanted or 0)),
        back_seconds=_after(down, after, lambda each: max(each.desired, each.ready) <= before),
        over=max([0, *(each.desired - wanted for _, each in during)]) if wanted else None,
        under=max([0, *(ideal(at) - each.ready for at, each in seen)]) if ideal else None,
        flaps=max(0, turns - _turns([ideal(at) for at, _ in seen])) if ideal else None,
        used=_integral([(at, max(each.desired, each.ready)) for at, each in seen]),
        needed=_integral([(at, ideal(at)) for at, _ in seen]) if ideal else None,
        restarts=_rises([each.restarts for _, each in seen]),
    )


def reaction_p99(result: Autoscale) -> float:
    """The p99 in ms of what was due in the minute after the step up, lost or not."""
    up, _ = step(result)
    found = [each for each in result.answers if up <= each.due < up + REACTION_SECONDS]
    return quantile([each.seconds * 1e3 for each in found], 0.99)


def ideal_of(result: Autoscale, name: str) -> Callable[[float], int] | None:
    """The fewest replicas that the autoscaler would keep at the rate of a time."""
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

    From the CPU in the second half of the highest stage: metrics are half a minute late.
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
    start: float, seen: list[tuple[float, Workload]], reached: Callable[[Workload], bool]
) -> float | None:
    return next((at - start for at, each in seen if at >= start and reached(each)), None)


def _rises(counts: list[int]) -> int:
    """What they rose by in all; they fall when a pod goes that had restarted."""
    return sum(max(0, later - count) for count, later in itertools.pairwise(counts))


def _turns(counts: list[int]) -> int:
    steps = [later > count for count, later in itertools.pairwise(counts) if later != count]
    return sum(later != rose for rose, later in itertools.pairwise(steps))


def _integral(points: list[tuple[float, int]]) -> float:
    return sum((later - at) * value for (at, value), (later, _) in itertools.pairwise(points))
