"""`python -m loadtest simulate`: what many replicas would do, by a model of what a few did here.

Calibrated with real servers on this machine, checked against other runs of the same servers, and
then asked what this machine cannot show.
"""

from __future__ import annotations

import random

import numpy as np
import simpy
from rich.progress import Progress

from loadtest.harness import knee
from loadtest.harness import result as results
from loadtest.harness.batches import Batch, Service, measure_batches
from loadtest.harness.cpu import BackgroundCpu
from loadtest.simulate import calibrate as calibration
from loadtest.simulate import check as simulation_check
from loadtest.simulate.autoscaler import Policy, autoscale
from loadtest.simulate.calibrate import Parts
from loadtest.simulate.check import RATES, carries
from loadtest.simulate.cores import Cores
from loadtest.simulate.result import (
    CALM_SECONDS,
    KIND,
    REPLICAS,
    SPIKE_FROM,
    SPIKE_TO,
    Figure,
    Scaling,
    Simulation,
    Spike,
)
from loadtest.simulate.world import Costs, World, load

# Below what DynamoDB Local carries.
DYNAMODB_RATES = (*RATES[:3], 2_400.0)
MODEL_RATE, MODEL_SECONDS = 1_000.0, 2.0
# A call to DynamoDB from its own region, one statement for 25 items: assumed, not measured.
DYNAMODB_SECONDS, DYNAMODB_SPREAD = 0.010, 0.4
# From a pod's creation to its share of the work: scheduled and pulled, started, a probe, and then
# the load balancer's two checks or the name's new answer. Assumed but for the start.
GATEWAY_WAIT, BENTO_WAIT = 2.0 + 2.5 + 10.0, 2.0 + 2.5 + 5.0
SPIKE_SECONDS = 120.0
# k8s/aws/cluster.yaml: the least and the most, and what a node's own pods leave of its two cores.
NODES, NODE_CORES = (2, 8), 1.78
# DynamoDB's, in its Developer Guide: initial throughput of on-demand mode, a partition's writes, of
# which the index has 16 at least, and the default quota of a table.
LIMITS = {
    "a new table on demand: pre-warm it, and its index": 4_000.0,
    "the index's 16 shards: more shards": 16_000.0,
    "a table's quota: ask for more": 40_000.0,
}


def run(*, seconds: float, progress: Progress) -> Simulation:
    """
    Raises:
        LoadTestError: the servers or the texts are missing.
    """
    about = results.about()
    task = progress.add_task("the Bento", total=7 + len(REPLICAS))

    def step(description: str) -> None:
        progress.update(task, description=description, advance=1)

    calls = measure_batches()
    step("real runs with SQLite")
    others = BackgroundCpu()
    with others:
        sqlite = simulation_check.measure("sqlite", RATES, seconds, check=True)
    step("real runs with DynamoDB Local")
    dynamodb = simulation_check.measure("dynamodb", DYNAMODB_RATES, seconds, check=False)
    parts = calibration.fit(sqlite.calibration)
    remote = calibration.fit(dynamodb.calibration, next(iter(parts.values())))
    step("the same runs, simulated")
    checked = simulation_check.compare(sqlite, parts, calls, seconds)
    predicted = simulation_check.local_knee(parts, calls, seconds)
    # Pods near their knee are busy.
    there = cluster_costs(remote[DYNAMODB_RATES[-1]], calls)
    scaling = [Scaling(name, {}) for name in ("both", "only gateways", "only Bentos")]
    for count in REPLICAS:
        step(f"{count} replicas")
        for each, (gateways, bentos) in zip(
            scaling, ((count, count), (count, 1), (1, count)), strict=True
        ):
            each.knees[count], _ = knee.find(
                carries(there, gateways, bentos, MODEL_SECONDS),
                start=MODEL_RATE * gateways,
            )
    step("limits")
    single = scaling[0].knees[1]
    limits = {
        **LIMITS,
        "two nodes' cores, the least: more come, in minutes": cores_carry(there, single, NODES[0]),
        "eight nodes' cores, or 10 replicas, the most: more": min(
            cores_carry(there, single, NODES[1]), Policy().most * single
        ),
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
        sqlite=parts,
        dynamodb=remote,
        checked=checked,
        others=others.cores,
        knee=Figure([sqlite.knee], [predicted]),
        ready_seconds=sqlite.ready_seconds,
        scaling=scaling,
        limits=dict(sorted(limits.items(), key=lambda each: each[1])),
        spikes=spikes,
    )


def cluster_costs(parts: Parts, calls: list[Batch]) -> Costs:
    """As in a cluster: DynamoDB, and the load comes from outside."""
    return Costs(parts.comment, parts.call, Service.of(parts.bento, calls), dynamodb_seconds)


def dynamodb_seconds(chance: random.Random) -> float:
    """What a call takes."""
    return DYNAMODB_SECONDS * chance.lognormvariate(0, DYNAMODB_SPREAD)


def cores_carry(costs: Costs, rate: float, nodes: int) -> float:
    """At most, by the CPU that comments take of both parts at a rate that one pair carries."""
    world = simulation_check.simulate(costs, rate, MODEL_SECONDS)
    cpu = sum(worker.cpu for worker in [*world.gateways, *world.bentos])
    return nodes * NODE_CORES * len(world.answered) / cpu


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
