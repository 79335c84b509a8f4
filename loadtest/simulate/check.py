"""Real runs to calibrate the simulation with, and others, at other rates, to check it against."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from gateway.ledger.store import Store
from gateway.stores.dynamodb.store import DynamoDBStore
from gateway.stores.sqlite.store import SQLiteStore
from loadtest.harness import knee
from loadtest.harness.trial import LIMIT_MS
from loadtest.servers.launch import valence
from loadtest.simulate.calibrate import Meter, Run
from loadtest.simulate.result import BENTO_CORES, GATEWAY_CORES, KNEE, P50, Check
from loadtest.simulate.world import Costs, World
from processes import free_port

# Calibration and check take turns, as the machine's own speed changes by the minute.
ROUNDS = 3
WARM_UP_RATE, WARM_UP_SECONDS = 200.0, 3.0


class Subject(NamedTuple):
    """One kind of store, and the rates in comments/s at which real servers with it are measured."""

    title: str
    name: str
    store: type[Store]
    calibration_rates: tuple[float, ...]
    check_rates: tuple[float, ...]
    checked: tuple[str, ...]


SQLITE = Subject(
    "SQLite",
    "sqlite",
    SQLiteStore,
    (200, 800, 1_600, 3_200, 4_800),
    (400, 1_200, 2_400, 4_000),
    (GATEWAY_CORES, BENTO_CORES, P50),
)
# At rates that DynamoDB Local carries. Its Java takes CPU that is not simulated, so neither
# latencies nor the knee are compared.
DYNAMODB = Subject(
    "DynamoDB Local",
    "dynamodb",
    DynamoDBStore,
    (200, 800, 2_000),
    (400, 1_400),
    (GATEWAY_CORES, BENTO_CORES),
)


class Real(msgspec.Struct, frozen=True):
    """Real runs, and the knee in comments/s (0: not looked for)."""

    calibration: list[Run]
    check: list[Run]
    knee: float


def measure(subject: Subject, seconds: float, step: Callable[[str], None]) -> Real:
    """Measure one gateway and one Bento, each rate for `seconds`; `step` is told of each run.

    Raises:
        LoadTestError: the servers or the texts are missing.
    """
    port = free_port()
    with valence(subject.name, GATEWAY_METRICS_PORT=str(port)) as running:
        meter = Meter(running, f"http://127.0.0.1:{port}/metrics")

        def offer(rate: float) -> Run:
            step(f"real servers, {subject.title}: {rate:,.0f}/s")
            return meter.offer(rate, seconds)

        meter.offer(WARM_UP_RATE, WARM_UP_SECONDS)
        real = Real([], [], 0.0)
        for _ in range(ROUNDS):
            real.calibration.extend(map(offer, subject.calibration_rates))
            real.check.extend(map(offer, subject.check_rates))
        if subject is not SQLITE:
            return real
        highest, _ = knee.find(
            lambda rate: offer(rate).trial.carried, start=subject.calibration_rates[-1]
        )
        return msgspec.structs.replace(real, knee=highest)


def compare(subject: Subject, real: Real, costs: Costs, seconds: float) -> list[Check]:
    """The real runs to check against, and as many simulated ones; and the knee if it was found."""

    def simulate(rate: float, seed: int = 0) -> World:
        # The load generator shares the cores.
        cores = float(os.cpu_count() or 1)
        return World(costs, subject.store, shared_cores=cores, seed=seed).run(rate, seconds)

    checks: list[Check] = []
    for rate in subject.check_rates:
        trials = [run.trial for run in real.check if run.trial.load.offered_rate == rate]
        worlds = [simulate(rate, seed) for seed in range(len(trials))]
        figures = {
            GATEWAY_CORES: (
                [trial.cpu["gateway"] for trial in trials],
                [world.gateways[0].cpu / world.loop.now for world in worlds],
            ),
            BENTO_CORES: (
                [trial.cpu["bento"] for trial in trials],
                [world.bentos[0].cpu / world.loop.now for world in worlds],
            ),
            P50: (
                [trial.load.p50_ms for trial in trials],
                [world.quantile_ms(0.5) for world in worlds],
            ),
        }
        checks += [Check(subject.title, name, rate, *figures[name]) for name in subject.checked]
    if real.knee:
        predicted, _ = knee.find(
            lambda rate: is_carried(simulate(rate)), start=subject.calibration_rates[-1]
        )
        checks.append(Check(subject.title, KNEE, real.knee, [real.knee], [predicted]))
    return checks


def is_carried(world: World) -> bool:
    """As `Trial.carried` of real servers."""
    return not world.refused and world.quantile_ms(0.99) <= LIMIT_MS
