"""A simulated Valence: gateways with the real coalescers, Bentos, a store and a load generator.

It knows the CPU time of a comment, a call and a text, the gateway's own rules and defaults, who
shares which cores, and how long a store call takes. It does not know the network, how calls of one
kind differ, garbage collection, other programs, failures or retries.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import closing
from typing import Self

import msgspec

from gateway import batching
from gateway.coalescer import Coalescer, Full
from gateway.ledger.store import Store
from gateway.settings import Settings
from loadtest.harness.arrivals import arrivals
from loadtest.harness.quantiles import quantile
from loadtest.simulate.cores import Cores, Worker
from loadtest.simulate.virtual_time import VirtualTimeLoop


class Costs(msgspec.Struct, frozen=True):
    """Seconds of CPU, but for `store_seconds`."""

    comment: float
    """The gateway's, for a comment."""
    call: float
    """The gateway's, for a call to the Bento or to the store."""
    text: float
    """The Bento's, for a text."""
    bento_call: float
    """The Bento's, for a call."""
    store_seconds: float
    """From the start of a store call to its answer, without CPU."""
    generator: float = 0.0
    """The load generator's, for a comment."""


class Gateway(Worker):
    """One gateway, wired as `gateway.comments.Comments` is; its items are None."""

    def __init__(self, world: World) -> None:
        super().__init__(world.cores())
        self._world = world
        self._max_requests = world.settings.gateway_max_requests
        self._requests = 0
        self._in_flight = dict.fromkeys(world.bentos, 0)
        self._classify: Coalescer[None, None] = batching.before_model(
            self._call_bento, world.settings
        )
        self._classify.max_calls = len(world.bentos)
        self._record: Coalescer[None, None] = batching.before_store(
            self._call_store, world.store, world.settings
        )

    async def submit(self) -> None:
        """Take a comment; it is recorded when this returns.

        Raises:
            Full: it was refused.
        """
        half = self._world.costs.comment / 2
        if self._requests >= self._max_requests or self._classify.full or self._record.full:
            await self.work(half)  # it was read all the same
            raise Full
        self._requests += 1
        try:
            await self.work(half)
            await self._classify.submit(None, alone=self._requests == 1)
            await self._record.submit(None, even_if_full=True)
            await self.work(half)
        finally:
            self._requests -= 1

    async def _call_bento(self, batch: Sequence[None]) -> Sequence[None]:
        costs, bentos = self._world.costs, self._world.bentos
        await self.work(costs.call / 2)
        two = self._world.chance.sample(bentos, min(2, len(bentos)))
        bento = min(two, key=lambda each: self._in_flight[each])
        self._in_flight[bento] += 1
        await bento.work(costs.bento_call + len(batch) * costs.text)
        self._in_flight[bento] -= 1
        await self.work(costs.call / 2)
        return batch

    async def _call_store(self, batch: Sequence[None]) -> Sequence[None]:
        costs = self._world.costs
        await self.work(costs.call / 2)
        await self._world.loop.pause(costs.store_seconds)
        await self.work(costs.call / 2)
        return batch


class World:
    """All parts, and what came of a load."""

    def __init__(
        self,
        costs: Costs,
        store: type[Store],
        settings: Settings | None = None,
        *,
        gateways: int = 1,
        bentos: int = 1,
        shared_cores: float | None = None,
        seed: int = 0,
    ) -> None:
        """
        Args:
            costs: what was measured.
            store: whose limits of batches and calls the gateways keep.
            settings: of the gateways; their defaults if None.
            gateways: their number.
            bentos: their number; every gateway calls all of them.
            shared_cores: for all parts, the load generator among them. None: each part has a core
                of its own, and the load comes from elsewhere.
            seed: of the random choices.
        """
        self.loop = VirtualTimeLoop()
        self.costs, self.store, self.settings = costs, store, settings or Settings()
        self.chance = random.Random(seed)  # noqa: S311
        self._shared = Cores(self.loop, shared_cores) if shared_cores else None
        self._generator = Worker(self._shared) if self._shared else None
        self.bentos = [Worker(self.cores()) for _ in range(bentos)]
        self.gateways: list[Gateway] = []
        self._gateways = gateways
        self.seconds: list[float] = []
        """Latency of each comment, from when it was due until its answer was read."""
        self.refused = 0

    def cores(self) -> Cores:
        """Where one more part runs."""
        return self._shared or Cores(self.loop)

    def run(self, rate: float, seconds: float) -> Self:
        """Offer comments by a Poisson process of `rate` a second for `seconds`, each to a gateway
        in turn, and wait for all answers. To be called once."""
        with closing(self.loop):
            self.loop.run_until_complete(self._offer(rate, seconds))
        return self

    def quantile_ms(self, share: float) -> float:
        """The quantile of latency, in ms."""
        return 1e3 * quantile(self.seconds, share)

    async def _offer(self, rate: float, seconds: float) -> None:
        # Coalescers are made where their loop runs.
        self.gateways = [Gateway(self) for _ in range(self._gateways)]
        async with asyncio.TaskGroup() as comments:
            for number, due in enumerate(arrivals(rate, seconds, self.chance)):
                if self._generator:  # as `loadtest.harness.open_loop` does
                    await asyncio.sleep(max(0.0, due - self.loop.time()))
                else:
                    await self.loop.pause(due - self.loop.now)
                comments.create_task(self._post(self.gateways[number % self._gateways], due))

    async def _post(self, gateway: Gateway, due: float) -> None:
        try:
            if self._generator:
                await self._generator.work(self.costs.generator / 2)
            await gateway.submit()
            if self._generator:
                await self._generator.work(self.costs.generator / 2)
        except Full:
            self.refused += 1
        else:
            self.seconds.append((self.loop.time() if self._generator else self.loop.now) - due)
