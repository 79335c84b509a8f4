"""A server that stands in for the Bento and fails as the test configures it."""

from __future__ import annotations

import asyncio
import contextlib
import math
import ssl
from collections.abc import AsyncIterator

from aiohttp import web

PIECE = b" " * 64 * 1024
MODEL = "sha256:" + "0" * 64
ELSEWHERE = {"Location": "/elsewhere"}
EVEN = {"negative": 0.05, "neutral": 0.05, "positive": 0.9}
GOOD: dict[str, object] = {
    "sentiment": "positive",
    "score": 0.9,
    "confidence": "high",
    "unknown": 0.0,
}


class BadBento:
    """Answers `/classify` and `/explain`; the first `delayed_calls` calls after `delay` seconds."""

    url: str

    def __init__(self) -> None:
        self.answer: object = None
        """The answer to every call; if None, a good one."""
        self.status = 200
        """The status of every answer; 302 redirects to `elsewhere`."""
        self.ready_status = 200
        """The status of `/readyz`; 302 redirects to `elsewhere`."""
        self.poison: str | None = None
        """A word; batches that contain it get 500."""
        self.endless = False
        """Answers never end."""
        self.sent = 0
        """Bytes of endless answers sent so far."""
        self.delay = 0.0
        self.delayed_calls = math.inf
        self.open = asyncio.Event()
        """While it is not set, calls wait."""
        self.open.set()
        self.calls = 0
        self.failing_calls = 0
        """So many calls from now on get 503."""
        self.traceparents: list[str | None] = []
        """The header of each call."""
        self.asked_for_probabilities = False
        """Whether the last call asked for those of all classes."""
        self.texts: list[str] = []
        """All texts of all calls, in order."""

    async def classify(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        self.traceparents.append(request.headers.get("traceparent"))
        asked = await request.json()
        texts = asked["texts"]
        self.texts += texts
        self.asked_for_probabilities = asked.get("probabilities", False)
        good_one = GOOD | ({"probabilities": EVEN} if self.asked_for_probabilities else {})
        if self.calls <= self.delayed_calls:
            await asyncio.sleep(self.delay)  # the fault itself
        await self.open.wait()
        if self.failing_calls:
            self.failing_calls -= 1
            return web.Response(status=503)
        if self.poison and any(self.poison in text for text in texts):
            return web.json_response({"error": "boom"}, status=500)
        if self.endless:
            return await self._never_end(request)
        if isinstance(self.answer, bytes):
            return web.Response(body=self.answer, status=self.status)
        good = {"model": MODEL, "results": [good_one] * len(texts)}
        return web.json_response(
            good if self.answer is None else self.answer, status=self.status, headers=ELSEWHERE
        )

    async def ready(self, _: web.Request) -> web.Response:
        return web.Response(status=self.ready_status, headers=ELSEWHERE)

    async def elsewhere(self, _: web.Request) -> web.Response:
        """A good answer for one text, where redirects lead."""
        return web.json_response({"model": MODEL, "results": [GOOD]})

    async def _never_end(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=self.status)
        await response.prepare(request)
        while True:
            await response.write(PIECE)
            self.sent += len(PIECE)


@contextlib.asynccontextmanager
async def bad_bento(context: ssl.SSLContext | None = None) -> AsyncIterator[BadBento]:
    """Run one on a free port of loopback; with a context, by HTTPS."""
    bento = BadBento()
    app = web.Application(client_max_size=2**22)
    app.router.add_post("/classify", bento.classify)
    app.router.add_post("/explain", bento.classify)
    app.router.add_get("/readyz", bento.ready)
    app.router.add_get("/elsewhere", bento.elsewhere)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    scheme = "https" if context else "http"
    bento.url = f"{scheme}://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield bento
    finally:
        await runner.cleanup()
