"""Open-loop load: arrivals, and the sum of the answers."""

from __future__ import annotations

import itertools
import random

import pytest
from aiohttp import web

from loadtest.harness import open_loop


def test_arrivals_come_at_the_rate_and_at_random() -> None:
    times = open_loop.arrivals(100, 50, random.Random(1))  # noqa: S311
    assert len(times) == pytest.approx(5_000, rel=0.05)
    assert times == sorted(times)
    assert times[-1] < 50
    gaps = [after - before for before, after in itertools.pairwise(times)]
    # Of a Poisson process a share of 1 - 1/e is shorter than the mean.
    assert sum(gap < 0.01 for gap in gaps) / len(gaps) == pytest.approx(0.632, abs=0.03)


@pytest.mark.parametrize(("status", "good"), [(201, 20), (503, 0)])
async def test_only_2xx_are_good(status: int, good: int) -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(status=status)

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    load = await open_loop.offer(url, itertools.repeat("{}"), [0.0] * 20, 1.0)
    await runner.cleanup()
    assert (load.requests, load.good, load.errors) == (20, good, 20 - good)
