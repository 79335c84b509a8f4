"""`python -m loadtest simulate`: what many replicas carry, simulated.

The simulation runs the gateway's own coalescers. It is calibrated with real servers on this machine
and checked against other runs of them; what this machine cannot show is asked only if the check
succeeds.
"""

from __future__ import annotations

import click
import msgspec
from rich.progress import Progress

from gateway.stores.dynamodb.store import DynamoDBStore
from loadtest.harness import command as options
from loadtest.harness import knee
from loadtest.harness.cpu import BackgroundCpu
from loadtest.reporting import result as results
from loadtest.simulate import calibrate, check
from loadtest.simulate.check import DYNAMODB, SQLITE
from loadtest.simulate.report import REPORT
from loadtest.simulate.result import KIND, Scaling, Simulation, failed
from loadtest.simulate.world import Costs, World

REPLICAS = (1, 2, 3, 4)
SIMULATED_SECONDS = 2.0
FIRST_RATE = 1_000.0
# A call to DynamoDB from its own region, one statement for 25 items: assumed, not measured.
DYNAMODB_SECONDS = 0.010


@click.command("simulate")
@options.seconds(5)
def command(seconds: float) -> None:
    """Simulate what many replicas carry, if the simulation predicts what is measured here.

    Real servers run on this machine first: some runs to calibrate with, others to check against.
    There are no answers if the predicted CPU or knee is far off.
    """
    with options.progress_bar() as bar:
        result = run(seconds=seconds, progress=bar)
    REPORT.publish(result)


def run(*, seconds: float, progress: Progress) -> Simulation:
    """Calibrate, check, and answer.

    Args:
        seconds: length of each real run.
        progress: told what is going on.

    Raises:
        LoadTestError: the servers or the texts are missing.
    """
    about = results.about()
    task = progress.add_task("starting", total=None)

    def step(description: str) -> None:
        progress.update(task, description=description)

    with BackgroundCpu() as background:
        sqlite = check.measure(SQLITE, seconds, step)
        dynamodb = check.measure(DYNAMODB, seconds, step)
    step("the same, simulated")
    local = calibrate.fit(sqlite.calibration)
    # The Bento does not know the store, and with SQLite it was measured at more rates.
    remote = msgspec.structs.replace(
        calibrate.fit(dynamodb.calibration), text=local.text, bento_call=local.bento_call
    )
    checks = [
        *check.compare(SQLITE, sqlite, local, seconds),
        *check.compare(DYNAMODB, dynamodb, remote, seconds),
    ]
    scaling = []
    if not failed(checks):
        cluster = msgspec.structs.replace(remote, store_seconds=DYNAMODB_SECONDS)
        scaling = [Scaling("gateways and Bentos", {}), Scaling("gateways, one Bento", {})]
        for count in REPLICAS:
            step(f"simulated: {count} replicas")
            for each, bentos in zip(scaling, (count, 1), strict=True):
                each.knees[count] = find_knee(cluster, gateways=count, bentos=bentos)
    return Simulation(
        **about,
        kind=KIND,
        seconds=seconds,
        costs={SQLITE.title: local, DYNAMODB.title: remote},
        checks=checks,
        background_cores=background.cores,
        scaling=scaling,
    )


def find_knee(costs: Costs, *, gateways: int, bentos: int) -> float:
    """The knee of so many replicas with DynamoDB, a core each, in comments/s."""

    def carries(rate: float) -> bool:
        world = World(costs, DynamoDBStore, gateways=gateways, bentos=bentos)
        return check.is_carried(world.run(rate, SIMULATED_SECONDS))

    return knee.find(carries, start=FIRST_RATE * gateways)[0]
