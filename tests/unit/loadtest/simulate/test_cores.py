"""Workers and cores against what queueing theory says of them."""

from __future__ import annotations

import asyncio
import random
import statistics
from collections.abc import Iterator
from contextlib import closing

import pytest

from loadtest.simulate.cores import Cores, Worker
from loadtest.simulate.virtual_time import VirtualTimeLoop


@pytest.fixture
def loop() -> Iterator[VirtualTimeLoop]:
    with closing(VirtualTimeLoop()) as made:
        yield made


@pytest.mark.parametrize("load", [0.3, 0.5, 0.7])
def test_one_worker_waits_as_the_formula_for_m_d_1_says(loop: VirtualTimeLoop, load: float) -> None:
    chance, waits = random.Random(1), []  # noqa: S311
    worker = Worker(Cores(loop))

    async def job() -> None:
        came = loop.now
        await worker.work(1.0)
        waits.append(loop.now - came - 1)

    async def arrive() -> None:
        async with asyncio.TaskGroup() as jobs:
            for _ in range(30_000):
                await loop.pause(chance.expovariate(load))
                jobs.create_task(job())

    loop.run_until_complete(arrive())
    assert statistics.mean(waits) == pytest.approx(load / (2 * (1 - load)), rel=0.06)
    assert worker.cpu == 30_000


@pytest.mark.parametrize(
    ("cores", "ends"),
    [
        # Sizes 1, 2 and 3, begun at once: with one core all three get a third each until 3 s, then
        # two get half each until 5 s.
        (1.0, [3.0, 5.0, 6.0]),
        (2.0, [1.5, 2.5, 3.5]),
        (3.0, [1.0, 2.0, 3.0]),
    ],
)
def test_busy_workers_share_the_cores_equally(
    loop: VirtualTimeLoop, cores: float, ends: list[float]
) -> None:
    shared, ended = Cores(loop, cores), []

    async def job(size: float) -> None:
        await Worker(shared).work(size)
        ended.append(loop.now)

    async def main() -> None:
        await asyncio.gather(*map(job, (1.0, 2.0, 3.0)))

    loop.run_until_complete(main())
    assert ended == pytest.approx(ends)


def test_a_worker_does_one_job_after_the_other(loop: VirtualTimeLoop) -> None:
    worker = Worker(Cores(loop, 4.0))

    async def main() -> None:
        await asyncio.gather(worker.work(1.0), worker.work(0.5))

    loop.run_until_complete(main())
    assert loop.now == pytest.approx(1.5)
