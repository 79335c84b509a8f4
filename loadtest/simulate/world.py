"""A discrete-event model of Valence: gateways, their coalescers, Bentos, the store, autoscalers.

It knows CPU time by comment, call and text, the coalescers' rules, their clock's ticks, who has how
many cores, and how calls to the Bento and the store spread. It does not know the network, garbage
collection in the gateway, cold caches, other programs, failures or retries. Times are seconds, CPU
is in core-seconds.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count

import simpy

from loadtest.simulate.cores import Coalescer, Cores, Events, Worker, tick, timer


@dataclass(frozen=True)
class Costs:
    """What was measured, and the gateway's settings that matter."""

    comment: float
    """Gateway's CPU a comment."""
    call: float
    """Gateway's CPU a call, to the Bento or to the store."""
    bento: Callable[[int, random.Random], float]
    """The Bento's CPU for a call with so many texts."""
    store: Callable[[random.Random], float]
    """A store call, from its start to its answer."""
    generator: float = 0.0
    """The load generator's CPU a comment, where it shares the cores."""
    embedded: bool = False
    """The store is a thread of the gateway: its calls' times were measured with the work for them
    and the wait for the interpreter, so that CPU is spent meanwhile and not besides."""
    store_calls: int = 8
    store_batch: int = 25
    classify_batch: int = 64
    eager: int = 32
    rest: float = 4.0
    longest_rest: float = 0.05
    max_wait: float = 1.0
    max_waiting: int = 1_024


@dataclass
class World:
    """What all parts share; `bentos` are those that gateways know."""

    env: simpy.Environment
    costs: Costs
    cores: Cores
    chance: random.Random
    generator: Worker | None = None
    """Sends and reads the answers, where it shares the cores."""
    bentos: list[Worker] = field(default_factory=list)
    gateways: list[Gateway] = field(default_factory=list)
    answered: list[tuple[float, float]] = field(default_factory=list)
    """When each comment was due, and what it took."""
    refused: list[float] = field(default_factory=list)
    """When each was due."""

    def answer(self, due: float) -> None:
        """An answer has been read."""
        now = tick(self.env.now) if self.generator else self.env.now
        self.answered.append((due, now - due))


class Gateway(Worker):
    """One gateway."""

    def __init__(self, world: World) -> None:
        super().__init__(world.env, world.cores)
        self._world = world
        costs = world.costs
        self._under_way = 0
        self._in_flight: dict[Worker, int] = {}
        self.classify = Coalescer(
            world.env,
            self._classify,
            max_batch=costs.classify_batch,
            max_calls=1,
            eager=costs.eager,
            rest=costs.rest,
            longest_rest=costs.longest_rest,
        )
        self.record = Coalescer(
            world.env, self._record, max_batch=costs.store_batch, max_calls=costs.store_calls
        )

    def post(self, due: float) -> None:
        """A comment arrives."""
        costs = self._world.costs
        if self._under_way >= costs.max_waiting or self.classify.wait > costs.max_wait:
            # It was read all the same.
            self.do(costs.comment / 2, lambda: self._world.refused.append(due))
            return
        self._under_way += 1
        self.do(costs.comment / 2, partial(self._take, due))

    def _take(self, due: float) -> None:
        self.classify.submit(due, alone=self._under_way == 1)

    def _classify(self, batch: list[float], done: Callable[[], None]) -> None:
        self.classify.max_calls = max(1, len(self._world.bentos))
        self.do(self._world.costs.call / 2, lambda: self._ask_bento(batch, done))

    def _ask_bento(self, batch: list[float], done: Callable[[], None]) -> None:
        bentos = self._world.bentos
        two = self._world.chance.sample(bentos, min(2, len(bentos)))
        bento = min(two, key=lambda each: self._in_flight.get(each, 0))
        self._in_flight[bento] = self._in_flight.get(bento, 0) + 1

        def answered() -> None:
            self._in_flight[bento] -= 1
            self.do(self._world.costs.call / 2, classified)

        def classified() -> None:
            done()
            for due in batch:
                self.record.submit(due)

        bento.do(self._world.costs.bento(len(batch), self._world.chance), answered)

    def _record(self, batch: list[float], done: Callable[[], None]) -> None:
        costs = self._world.costs
        if costs.embedded:
            self.do(costs.call, lambda: None)
            self._store(lambda: self._stored(batch, done))
            return

        def answered() -> None:
            self.do(costs.call / 2, lambda: self._stored(batch, done))

        self.do(costs.call / 2, lambda: self._store(answered))

    def _store(self, then: Callable[[], None]) -> None:
        call = self._world.env.timeout(self._world.costs.store(self._world.chance))
        call.callbacks.append(lambda _: then())

    def _stored(self, batch: list[float], done: Callable[[], None]) -> None:
        done()
        for due in batch:
            self.do(self._world.costs.comment / 2, partial(self._answer, due))

    def _answer(self, due: float) -> None:
        self._under_way -= 1
        world = self._world
        if world.generator:
            world.generator.do(world.costs.generator / 2, lambda: world.answer(due))
        else:
            world.answer(due)


def load(world: World, rate: Callable[[float], float], seconds: float) -> Events:
    """A Poisson process of `rate(now)` comments/s, each to a gateway in turn."""
    due = 0.0
    for number in count():
        due += world.chance.expovariate(rate(due))
        if due > seconds:
            return
        now = world.env.now
        yield world.env.timeout(timer(due, now) if world.generator else due - now)
        gateway = world.gateways[number % len(world.gateways)]
        if world.generator:
            world.generator.do(world.costs.generator / 2, partial(gateway.post, due))
        else:
            gateway.post(due)
