"""A proxy for DynamoDB Local that throttles calls and breaks connections at random, by a seed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from aiohttp import web

THROTTLES = (
    "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
    "com.amazon.coral.availability#ThrottlingException",
)
BATCH = "BatchExecuteStatement"
THROTTLED_STATEMENT = {"Error": {"Code": "ThrottlingError", "Message": "Slow down."}}


class Throttling:
    """Forwards calls or makes faults; `counts` has the `calls` and the faults by their kind."""

    url: str

    def __init__(self, backend: str, seed: int) -> None:
        self.throttled = 0.0
        """The share of calls that are throttled."""
        self.partly = 0.5
        """The share of throttled batches of which some statements are executed."""
        self.broken = 0.0
        """The share of calls that are executed, but whose connection breaks before the answer."""
        self.counts: Counter[str] = Counter()
        self._backend = backend
        self._random = random.Random(seed)  # noqa: S311

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        operation = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        self.counts["calls"] += 1
        if self._random.random() < self.throttled:
            if operation == BATCH and self._random.random() < self.partly:
                self.counts["throttled in part"] += 1
                return await self._in_part(request, json.loads(body))
            self.counts["throttled"] += 1
            error = {"__type": self._random.choice(THROTTLES), "message": "Slow down."}
            return _answer(400, json.dumps(error).encode())
        status, content = await self._forward(request, body)
        if self._random.random() < self.broken and request.transport:
            self.counts["broken"] += 1
            request.transport.abort()
        return _answer(status, content)

    async def _in_part(self, request: web.Request, call: dict[str, Any]) -> web.Response:
        """Execute some of the statements; at least one is throttled."""
        statements = call["Statements"]
        passed = [self._random.random() < 0.5 for _ in statements]
        passed[self._random.randrange(len(passed))] = False
        answers: list[Any] = []
        if any(passed):
            call["Statements"] = [s for s, ok in zip(statements, passed, strict=True) if ok]
            status, content = await self._forward(request, json.dumps(call).encode())
            if status != 200:
                return _answer(status, content)
            answers = json.loads(content)["Responses"]
        executed = iter(answers)
        responses = [next(executed) if ok else THROTTLED_STATEMENT for ok in passed]
        return _answer(200, json.dumps({"Responses": responses}).encode())

    async def _forward(self, request: web.Request, body: bytes) -> tuple[int, bytes]:
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in {"host", "content-length", "accept-encoding"}
        }
        async with self.session.post(self._backend, data=body, headers=headers) as response:
            return response.status, await response.read()

    session: aiohttp.ClientSession


def _answer(status: int, content: bytes) -> web.Response:
    return web.Response(status=status, body=content, content_type="application/x-amz-json-1.0")


@contextlib.asynccontextmanager
async def throttling(backend: str, seed: int) -> AsyncIterator[Throttling]:
    """Run the proxy on a free port of loopback, without faults at first."""
    proxy = Throttling(backend, seed)
    app = web.Application(client_max_size=2**24)
    app.router.add_post("/", proxy.handle)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    proxy.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession(auto_decompress=False) as proxy.session:
        try:
            yield proxy
        finally:
            # Calls in flight may still need the session.
            await asyncio.shield(runner.cleanup())
