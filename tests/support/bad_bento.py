"""A server in the Bento's place that fails as a test tells it to: only faults, no predictions."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator

from aiohttp import web

GOOD = {"sentiment": "positive", "score": 0.9, "confidence": "high", "unknown": 0.0}


class BadBento:
    """Answers `/classify` with `answer`, the first `delayed_calls` after `delay` seconds."""

    url: str

    def __init__(self) -> None:
        self.answer: object = {}
        self.status = 200
        self.delay = 0.0
        self.delayed_calls = math.inf
        self.calls = 0

    async def classify(self, _: web.Request) -> web.Response:
        self.calls += 1
        if self.calls <= self.delayed_calls:
            await asyncio.sleep(self.delay)  # the fault itself
        if isinstance(self.answer, bytes):
            return web.Response(body=self.answer, status=self.status)
        return web.json_response(self.answer, status=self.status)


@contextlib.asynccontextmanager
async def bad_bento() -> AsyncIterator[BadBento]:
    """One of them on a free port of loopback."""
    bento = BadBento()
    app = web.Application()
    app.router.add_post("/classify", bento.classify)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    bento.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield bento
    finally:
        await runner.cleanup()
