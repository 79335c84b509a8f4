"""Open-loop load: the sum of the answers."""

from __future__ import annotations

import itertools

import pytest
from aiohttp import web

from loadtest.harness import open_loop


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
