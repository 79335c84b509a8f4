"""The model's autoscalers: what k8s/base tells Kubernetes, and how Kubernetes acts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import simpy

from loadtest.simulate.cores import Events, Worker
from loadtest.simulate.world import Gateway, World

# Kubernetes' own defaults: how often the autoscaler looks, and how old what it sees is at most.
SYNC_SECONDS = 15.0
TOLERANCE = 0.1


@dataclass(frozen=True)
class Policy:
    """k8s/base/*/horizontal-pod-autoscaler.yaml, and what a pod of k8s/base/*/deployment.yaml asks
    for, in cores; it can use a whole one, and nodes have room for those that are wanted."""

    request: float = 0.5
    least: int = 2
    most: int = 10
    target: float = 0.6
    growth: float = 2.0
    growth_pods: int = 4
    calm_seconds: float = 300.0
    shrink_seconds: float = 60.0


class Autoscaler:
    """One deployment and its autoscaler."""

    def __init__(
        self,
        env: simpy.Environment,
        policy: Policy,
        *,
        start_seconds: float,
        add: Callable[[], Worker],
        remove: Callable[[Worker], None],
    ) -> None:
        """
        Args:
            env: the simulation.
            policy: the autoscaler's settings.
            start_seconds: from a pod's creation until it gets its share of the work.
            add: makes a pod that is ready.
            remove: takes one out; it finishes what it has.
        """
        self._env, self._policy = env, policy
        self._start_seconds = start_seconds
        self._add, self._remove = add, remove
        self.ready = [add() for _ in range(policy.least)]
        self.wanted = policy.least
        self.history = [(env.now, self.wanted, len(self.ready))]
        """When, wanted, ready: at each change."""
        self._used = 0.0
        self._desired: list[tuple[float, int]] = []
        self._shrunk = -math.inf
        env.process(self._measure())
        env.process(self._sync())

    def _measure(self) -> Events:
        """What the metrics server tells: cores in use, on average over its last period."""
        yield self._env.timeout(SYNC_SECONDS / 2)
        while True:
            before = {worker: worker.cpu for worker in self.ready}
            yield self._env.timeout(SYNC_SECONDS)
            self._used = (
                sum(worker.cpu - before.get(worker, 0.0) for worker in self.ready) / SYNC_SECONDS
            )

    def _sync(self) -> Events:
        while True:
            yield self._env.timeout(SYNC_SECONDS)
            self._scale(self._env.now)

    def _scale(self, now: float) -> None:
        policy = self._policy
        # As Kubernetes does: pods that are not ready count as idle.
        share = self._used / (self.wanted * policy.request * policy.target)
        desired = math.ceil(self.wanted * share) if abs(share - 1) > TOLERANCE else self.wanted
        desired = min(max(desired, policy.least), policy.most)
        self._desired.append((now, desired))
        if desired > self.wanted:
            limit = max(int(self.wanted * policy.growth), self.wanted + policy.growth_pods)
            self._set(min(desired, limit))
        elif now - self._shrunk >= policy.shrink_seconds:
            recent = max(n for when, n in self._desired if when >= now - policy.calm_seconds)
            if recent < self.wanted:
                self._shrunk = now
                self._set(self.wanted - 1)

    def _set(self, wanted: int) -> None:
        for _ in range(wanted - self.wanted):
            self._env.process(self._start())
        if wanted < self.wanted and len(self.ready) > wanted:
            self._remove(self.ready.pop())
        self.wanted = wanted
        self._note()

    def _start(self) -> Events:
        yield self._env.timeout(self._start_seconds)
        self.ready.append(self._add())
        self._note()

    def _note(self) -> None:
        self.history.append((self._env.now, self.wanted, len(self.ready)))


def autoscale(
    world: World, gateway: Policy, bento: Policy, *, gateway_seconds: float, bento_seconds: float
) -> tuple[Autoscaler, Autoscaler]:
    """Autoscalers for both parts of a world that has none yet."""

    def add_bento() -> Worker:
        worker = Worker(world.env, world.cores)
        world.bentos.append(worker)
        return worker

    def add_gateway() -> Worker:
        made = Gateway(world)
        world.gateways.append(made)
        return made

    def remove_gateway(worker: Worker) -> None:
        world.gateways.remove(next(each for each in world.gateways if each is worker))

    bentos = Autoscaler(
        world.env, bento, start_seconds=bento_seconds, add=add_bento, remove=world.bentos.remove
    )
    gateways = Autoscaler(
        world.env,
        gateway,
        start_seconds=gateway_seconds,
        add=add_gateway,
        remove=remove_gateway,
    )
    return gateways, bentos
