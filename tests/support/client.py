"""An HTTP client that can fill a gateway's queue."""

from __future__ import annotations

import asyncio

import aiohttp

from tests.support.bad_bento import BadBento
from tests.support.gateways import Gateway
from tests.support.until import POLL_SECONDS, until


class Client:
    """Posts comments to one gateway and reads its metrics."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def __aenter__(self) -> Client:
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    def post(self, *comments: str) -> list[asyncio.Task[int]]:
        """Start posting all comments at once; each task returns the status of its answer."""
        return [asyncio.create_task(self._post(comment)) for comment in comments]

    async def _post(self, comment: str) -> int:
        async with self._session.post(
            f"{self._gateway.url}/comments", json={"comment": comment}
        ) as response:
            await response.read()
            return response.status

    async def see(self, metric: str) -> None:
        """Wait until the gateway's metrics have this line."""
        async with asyncio.timeout(30):
            while True:
                async with self._session.get(self._gateway.metrics_url) as response:
                    if metric in (await response.text()).splitlines():
                        return
                await asyncio.sleep(POLL_SECONDS)

    async def see_queue(self, length: int) -> None:
        """Wait until this many comments wait to be classified."""
        await self.see(f'valence_gateway_queue_length{{queue="classify"}} {float(length)}')

    async def hold(self, bento: BadBento, *comments: str) -> list[asyncio.Task[int]]:
        """Block the Bento, then post: the first comment is in a call alone, all others wait."""
        bento.open.clear()
        calls = bento.calls
        tasks = self.post(comments[0])
        await until(lambda: bento.calls > calls, seconds=30)
        tasks += self.post(*comments[1:])
        await self.see_queue(len(comments) - 1)
        return tasks
