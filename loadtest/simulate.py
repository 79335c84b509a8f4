"""`python -m loadtest simulate`: what many replicas would do, by a model of what a few did here.

Calibrated with real servers on this machine, checked against other figures of the same servers, and
then asked what this machine cannot show.
"""

from __future__ import annotations

import math
import os
import random
from collections.abc import Callable

import msgspec
import numpy as np
import simpy
from rich.progress import Progress

from loadtest import batches, calibration, capacity, knee, results, texts
from loadtest.batches import Line
from loadtest.calibration import Observed, Parts
from loadtest.simulation import Costs, Gateway, World, load
from loadtest.simulation_cluster import Policy, autoscale
from loadtest.simulation_parts import Cores, Worker
from loadtest.simulation_result import (
    CALM_SECONDS,
    KIND,
    REPLICAS,
    SPIKE_FROM,
    SPIKE_TO,
    Checked,
    Scaling,
    Simulation,
    Spike,
)
from loadtest.starting import valence
from processes import free_port

RATES = (100.0, 400.0, 800.0, 1_200.0, 1_600.0)
WARM_UP_RATE, WARM_UP_SECONDS = 200.0, 3.0
FIRST_RATE = 200.0
MODEL_RATE, MODEL_SECONDS = 1_000.0, 2.0
# A call to DynamoDB from its own region, one statement for 25 items: assumed, not measured.
DYNAMODB_SECONDS, DYNAMODB_SPREAD = 0.010, 0.4
# From a pod's creation to its share of the work: scheduled and pulled, started, a probe, and then
# the load balancer's two checks or the name's new answer. Assumed but for the start.
GATEWAY_WAIT, BENTO_WAIT = 2.0 + 2.5 + 10.0, 2.0 + 2.5 + 5.0
SPIKE_SECONDS = 120.0
# DynamoDB's, in its Developer Guide: initial throughput of on-demand mode, a partition's writes, of
# which the index has 16 at least, and the default quota of a table.
LIMITS = {
    "a new table on demand: pre-warm it, and its index": 4_000.0,
    "the index's 16 shards: more shards": 16_000.0,
    "a table's quota: ask for more": 40_000.0,
}


class Real(msgspec.Struct, frozen=True):
    """What was measured with one store."""

    observed: list[Observed]
    knee: float
    ready_seconds: dict[str, float]


def run(*, seconds: float, progress: Progress) -> Simulation:
    """
    Raises:
        LoadTestError: the servers or the texts are missing.
    """
    about = results.about()
    task = progress.add_task("the Bento", total=7 + len(REPLICAS))

    def step(description: str) -> None:
        progress.update(task, description=description, advance=1)

    calls = capacity.measure_batches()
    line = batches.fit(calls)
    step("real runs with SQLite")
    sqlite = measure("sqlite", seconds, find_knee=True)
    step("real runs with DynamoDB Local")
    dynamodb = measure("dynamodb", seconds, find_knee=False)
    parts, remote = calibration.fit(sqlite.observed), calibration.fit(dynamodb.observed)
    here = local_costs(parts, line, sqlite.observed[0])
    step("the same runs, simulated")
    checked = [check(each, here, seconds) for each in sqlite.observed]
    predicted, _ = knee.find(carries(here, 1, 1, _cores(), seconds), start=FIRST_RATE)
    there = cluster_costs(remote, line)
    scaling = [Scaling(name, {}) for name in ("both", "only gateways", "only Bentos")]
    for count in REPLICAS:
        step(f"{count} replicas")
        for each, (gateways, bentos) in zip(
            scaling, ((count, count), (count, 1), (1, count)), strict=True
        ):
            each.knees[count], _ = knee.find(
                carries(there, gateways, bentos, float("inf"), MODEL_SECONDS),
                start=MODEL_RATE * gateways,
            )
    step("limits")
    limits = {
        **LIMITS,
        "6 pods, what two nodes have room for: more nodes": knee.find(
            carries(there, 4, 2, float("inf"), MODEL_SECONDS), start=4 * MODEL_RATE
        )[0],
        "10 gateways, maxReplicas: raise it": Policy().most * scaling[0].knees[1],
    }
    step("a spike")
    waits = (
        sqlite.ready_seconds["gateway"] + GATEWAY_WAIT,
        sqlite.ready_seconds["bento"] + BENTO_WAIT,
    )
    spikes = [spike("as shipped: 2 to 10", there, Policy(), waits)]
    step("a spike, with more to begin with")
    spikes.append(spike("6 to 20", there, Policy(least=6, most=20), waits))
    return Simulation(
        **about,
        kind=KIND,
        seconds=seconds,
        batches=calls,
        bento=line,
        sqlite=parts,
        dynamodb=remote,
        checked=checked,
        knee_measured=sqlite.knee,
        knee_predicted=predicted,
        ready_seconds=sqlite.ready_seconds,
        scaling=scaling,
        limits=dict(sorted(limits.items(), key=lambda each: each[1])),
        spikes=spikes,
    )


def measure(store: str, seconds: float, *, find_knee: bool) -> Real:
    """Real servers at all RATES, and their knee."""
    port = free_port()
    with valence(store, METRICS_PORT=str(port)) as running:
        gateway = next(each for each in running.servers if each.name == "gateway")
        bodies = texts.bodies()

        def observe(rate: float, length: float) -> Observed:
            url = f"http://127.0.0.1:{port}/metrics"
            return calibration.observe(running.url, gateway, url, bodies, rate, length)

        def carries(rate: float) -> bool:
            measured = observe(rate, seconds).load
            return not measured.errors and measured.p99_ms <= capacity.LIMIT_MS

        observe(WARM_UP_RATE, WARM_UP_SECONDS)
        observed = [observe(rate, seconds) for rate in RATES]
        found, _ = knee.find(carries, start=RATES[-1]) if find_knee else (0.0, 0.0)
        ready = {each.name: each.ready_seconds for each in running.servers}
    return Real(observed, found, ready)


def local_costs(parts: Parts, line: Line, calm: Observed) -> Costs:
    """As on this machine: SQLite, and a generator beside it; `calm`: at a low rate."""
    return Costs(
        parts.comment,
        parts.call,
        line,
        # The median of what has that mean.
        calm.store_seconds / math.exp(calm.store_spread**2 / 2),
        calm.store_spread,
        generator=parts.generator,
        store_calls=1,
        store_batch=1_000,
    )


def cluster_costs(parts: Parts, line: Line) -> Costs:
    """As in a cluster: DynamoDB, and the load comes from outside."""
    return Costs(parts.comment, parts.call, line, DYNAMODB_SECONDS, DYNAMODB_SPREAD)


def simulate(
    costs: Costs, rate: float, seconds: float, *, gateways: int, bentos: int, cores: float
) -> World:
    """A steady rate for so long, and time for the last answers."""
    env = simpy.Environment()
    shared = Cores(env, cores)
    world = World(env, costs, shared, random.Random(rate))  # noqa: S311
    if costs.generator:
        world.generator = Worker(env, shared)
    world.bentos = [Worker(env, shared) for _ in range(bentos)]
    world.gateways = [Gateway(world) for _ in range(gateways)]
    env.process(load(world, lambda _: rate, seconds))
    env.run(seconds + 10)
    return world


def check(measured: Observed, costs: Costs, seconds: float) -> Checked:
    """The same run in the model."""
    world = simulate(
        costs, measured.load.offered_rate, seconds, gateways=1, bentos=1, cores=_cores()
    )
    took = np.array([took for _, took in world.answered]) * 1e3
    return Checked(
        measured,
        float(np.quantile(took, 0.5)),
        float(np.quantile(took, 0.99)),
        world.gateways[0].cpu / seconds,
    )


def carries(
    costs: Costs, gateways: int, bentos: int, cores: float, seconds: float
) -> Callable[[float], bool]:
    def carries(rate: float) -> bool:
        world = simulate(costs, rate, seconds, gateways=gateways, bentos=bentos, cores=cores)
        if world.refused or not world.answered:
            return False
        took = np.array([took for _, took in world.answered])
        return bool(np.quantile(took, 0.99) * 1e3 <= capacity.LIMIT_MS)

    return carries


def spike(name: str, costs: Costs, policy: Policy, waits: tuple[float, float]) -> Spike:
    """From SPIKE_FROM to SPIKE_TO at once; `waits`: until a new gateway, and a new Bento, works."""
    env = simpy.Environment()
    world = World(env, costs, Cores(env), random.Random(1))  # noqa: S311
    gateways, bentos = autoscale(
        world, policy, policy, gateway_seconds=waits[0], bento_seconds=waits[1]
    )
    end = CALM_SECONDS + SPIKE_SECONDS
    env.process(load(world, lambda now: SPIKE_FROM if now < CALM_SECONDS else SPIKE_TO, end))
    env.run(end + 10)
    due = np.array([due for due, _ in world.answered])
    took = np.array([took for _, took in world.answered]) * 1e3
    seconds = np.arange(int(end) + 1)
    refused = np.histogram(world.refused, seconds)[0]
    answered = np.histogram(due, seconds)[0]
    second = np.clip(due.astype(int), 0, int(end) - 1)
    p99 = [
        float(np.quantile(took[second == each], 0.99)) if answered[each] else 0.0
        for each in range(int(end))
    ]
    return Spike(
        name,
        gateways.history,
        bentos.history,
        [int(count) for count in answered + refused],
        [int(count) for count in refused],
        p99,
    )


def _cores() -> float:
    return float(os.cpu_count() or 1)
