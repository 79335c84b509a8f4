"""The replicas behind one host name: discovery by DNS, load balancing, outlier ejection."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

from gateway import metrics

RESOLVE_SECONDS = 1.0
MIN_EJECTION_SECONDS = 0.5
MAX_EJECTION_SECONDS = 5.0


class Address(NamedTuple):
    """The address on which one replica listens."""

    host: str
    port: int

    @property
    def authority(self) -> str:
        """As it stands in a URL."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else str(self)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Replica:
    """One replica and its recent record."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.in_flight = 0
        self.failures = 0
        """Consecutive ones."""

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Count a call in flight for the length of the block."""
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1


class Replicas:
    """Follows the DNS answer for a host; ejects failing replicas until they are ready again."""

    def __init__(
        self,
        url: str,
        *,
        is_ready: Callable[[Replica], Awaitable[bool]],
    ) -> None:
        """
        Args:
            url: a base URL; its host is resolved again every `RESOLVE_SECONDS`.
            is_ready: asks a replica whether it is ready.
        """
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._is_ready = is_ready
        self._on_count: Callable[[int], None] = lambda _count: None
        self._replicas: dict[Address, Replica] = {}
        self._ejected: dict[Replica, asyncio.Task[None]] = {}
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Resolve once, then go on resolving until `stop`."""
        await self._resolve()
        self._watch = asyncio.create_task(self._keep_resolving())

    async def stop(self) -> None:
        tasks = [*self._ejected.values(), *([self._watch] if self._watch else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def on_count(self, callback: Callable[[int], None]) -> None:
        """Call it with the number of usable replicas, now and whenever that changes."""
        self._on_count = callback
        self._report_count()

    def choose(self, avoid: Replica | None = None) -> Replica | None:
        """The less busy of two random replicas; None if none is known.

        Mitzenmacher, The power of two choices in randomized load balancing (2001).
        """
        working = [replica for replica in self._replicas.values() if replica not in self._ejected]
        # If all are ejected, one of them is still the best choice.
        candidates = _without(avoid, working) or _without(avoid, self._replicas.values())
        # Two are shuffled as well: of equally busy ones, it must not always be the same.
        candidates = random.sample(candidates, min(len(candidates), 2))
        return min(candidates, key=lambda replica: replica.in_flight, default=avoid)

    def succeeded(self, replica: Replica) -> None:
        """Readmit it at once: if all are ejected, they are still called."""
        replica.failures = 0
        if readmission := self._ejected.pop(replica, None):
            readmission.cancel()
            self._report_count()

    def failed(self, replica: Replica) -> None:
        """Eject it until it reports that it is ready, and at least for a moment."""
        replica.failures += 1
        if replica not in self._ejected and replica.address in self._replicas:
            self._ejected[replica] = asyncio.create_task(self._readmit(replica))
            self._report_count()

    def __len__(self) -> int:
        """The number of usable replicas."""
        return len(self._replicas) - len(self._ejected)

    async def _readmit(self, replica: Replica) -> None:
        while True:
            seconds = MIN_EJECTION_SECONDS * 2.0 ** min(replica.failures - 1, 10)
            pause = min(seconds, MAX_EJECTION_SECONDS) * random.uniform(0.5, 1)  # noqa: S311
            await asyncio.sleep(pause)
            if await self._is_ready(replica):
                break
            replica.failures += 1
        del self._ejected[replica]
        self._report_count()

    async def _keep_resolving(self) -> None:
        while True:
            await asyncio.sleep(RESOLVE_SECONDS)
            await self._resolve()

    async def _resolve(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            answer = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return  # a failed lookup says nothing about the known replicas
        addresses = {Address(str(address[0]), int(address[1])) for *_, address in answer}
        if addresses == self._replicas.keys():
            return
        for address in self._replicas.keys() - addresses:
            if task := self._ejected.pop(self._replicas.pop(address), None):
                task.cancel()
        for address in addresses - self._replicas.keys():
            self._replicas[address] = Replica(address)
        self._report_count()

    def _report_count(self) -> None:
        metrics.REPLICAS.labels("usable").set(len(self))
        metrics.REPLICAS.labels("ejected").set(len(self._ejected))
        self._on_count(len(self))


def _without(avoid: Replica | None, replicas: Collection[Replica]) -> list[Replica]:
    return [replica for replica in replicas if replica is not avoid]
