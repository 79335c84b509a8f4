"""The model against real runs: one gateway, one Bento and SQLite beside the load generator."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np
import simpy

from loadtest.harness import knee, texts, trial
from loadtest.harness.batches import Batch, Service
from loadtest.servers.launch import valence
from loadtest.simulate import calibrate as calibration
from loadtest.simulate.calibrate import Meter, Observed, Parts
from loadtest.simulate.cores import Cores, Worker
from loadtest.simulate.result import Checked, Figure
from loadtest.simulate.world import Costs, Gateway, World, load
from processes import free_port

RATES = (200.0, 800.0, 1_600.0, 3_200.0, 4_800.0)
# To calibrate and to check, in turns, as the machine's own speed changes by the minute.
ROUNDS = 3
WARM_UP_RATE, WARM_UP_SECONDS = 200.0, 3.0


class Real(msgspec.Struct, frozen=True):
    """What was measured with one store: runs to calibrate with and others to check against."""

    calibration: list[Observed]
    check: list[Observed]
    knee: float
    ready_seconds: dict[str, float]


def measure(store: str, rates: Sequence[float], seconds: float, *, check: bool) -> Real:
    """Real servers at these rates; with `check` also what is to be predicted.

    Raises:
        LoadTestError: the servers or the texts are missing.
    """
    port = free_port()
    with valence(store, METRICS_PORT=str(port)) as running:
        meter = Meter(running, f"http://127.0.0.1:{port}/metrics", texts.bodies())

        def carries(rate: float) -> bool:
            measured = meter.observe(rate, seconds).load
            return not measured.errors and measured.p99_ms <= trial.LIMIT_MS

        meter.observe(WARM_UP_RATE, WARM_UP_SECONDS)
        calibrating: list[Observed] = []
        checked: list[Observed] = []
        for number in range(2 * ROUNDS if check else 1):
            into = checked if number % 2 else calibrating
            into += [meter.observe(rate, seconds, seed=number) for rate in rates]
        found, _ = knee.find(carries, start=rates[-1]) if check else (0.0, 0.0)
        ready = {each.name: each.ready_seconds for each in running.servers}
    return Real(calibrating, checked, found, ready)


def local_costs(everywhere: Mapping[float, Parts], batches: list[Batch], rate: float) -> Costs:
    """As on this machine: SQLite, and a generator beside it."""
    parts = calibration.near(everywhere, rate)
    return Costs(
        parts.comment,
        parts.call,
        Service.of(parts.bento, batches),
        parts.store.draw,
        embedded=True,
        generator=parts.generator,
        store_calls=1,
        store_batch=1_000,
    )


def simulate(
    costs: Costs,
    rate: float,
    seconds: float,
    *,
    gateways: int = 1,
    bentos: int = 1,
    cores: float = float("inf"),
    seed: int = 0,
) -> World:
    """A steady rate for so long, and time for the last answers."""
    env = simpy.Environment()
    shared = Cores(env, cores)
    world = World(env, costs, shared, random.Random(f"{rate} {seed}"))  # noqa: S311
    if costs.generator:
        world.generator = Worker(env, shared)
    world.bentos = [Worker(env, shared) for _ in range(bentos)]
    world.gateways = [Gateway(world) for _ in range(gateways)]
    env.process(load(world, lambda _: rate, seconds))
    env.run(seconds + 10)
    return world


def quantile(world: World, share: float) -> float:
    """Of what the answers took, in ms."""
    return float(np.quantile([took for _, took in world.answered], share)) * 1e3


def compare(
    real: Real, parts: Mapping[float, Parts], batches: list[Batch], seconds: float
) -> list[Checked]:
    """The checked runs, and as many in the model."""
    checked = []
    for rate in RATES:
        measured = [each.load for each in real.check if each.load.offered_rate == rate]
        worlds = [
            simulate(local_costs(parts, batches, rate), rate, seconds, cores=cores(), seed=number)
            for number in range(len(measured))
        ]
        checked.append(
            Checked(
                rate,
                Figure([each.p50_ms for each in measured], [quantile(w, 0.5) for w in worlds]),
                Figure([each.p99_ms for each in measured], [quantile(w, 0.99) for w in worlds]),
            )
        )
    return checked


def local_knee(parts: Mapping[float, Parts], batches: list[Batch], seconds: float) -> float:
    """By the model."""

    def carried(rate: float) -> bool:
        costs = local_costs(parts, batches, rate)
        return is_carried(simulate(costs, rate, seconds, cores=cores()))

    return knee.find(carried, start=RATES[-1])[0]


def carries(costs: Costs, gateways: int, bentos: int, seconds: float) -> Callable[[float], bool]:
    """Whether so many, with a core each, carry a rate."""
    return lambda rate: is_carried(simulate(costs, rate, seconds, gateways=gateways, bentos=bentos))


def is_carried(world: World) -> bool:
    return not world.refused and bool(world.answered) and quantile(world, 0.99) <= trial.LIMIT_MS


def cores() -> float:
    return float(os.cpu_count() or 1)
