"""The replicas behind one host name: which there are, which work, which has least to do."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

RESOLVE_SECONDS = 1.0
FIRST_EJECTION_SECONDS = 0.5
LONGEST_EJECTION_SECONDS = 5.0


class Address(NamedTuple):
    """Where one replica listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self}"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Replica:
    """One address, and how it has been doing."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.in_flight = 0
        self.failures = 0
        """In a row."""

    @contextmanager
    def busy(self) -> Iterator[None]:
        """While a call to it is in flight."""
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1


class Replicas:
    """Follows the DNS answer for a host; leaves out who fails until it answers again."""

    def __init__(
        self,
        url: str,
        *,
        ready: Callable[[Replica], Awaitable[bool]],
    ) -> None:
        """
        Args:
            url: the base URL whose host is resolved again every `RESOLVE_SECONDS`.
            ready: asks a replica whether it works.
        """
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port or 80
        self._ready = ready
        self.changed: Callable[[int], None] = lambda _count: None
        """Told how many replicas are in use, whenever that changes."""
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

    def choose(self, avoid: Replica | None = None) -> Replica | None:
        """The one with fewer calls in flight of two drawn by chance; None if none is known.

        Mitzenmacher, The power of two choices in randomized load balancing (2001).
        """
        working = [replica for replica in self._replicas.values() if replica not in self._ejected]
        # When all have failed, one of them is still the best there is.
        candidates = _without(avoid, working) or _without(avoid, self._replicas.values())
        # Drawn also when there are but two: of equals, it must not always be the same one.
        candidates = random.sample(candidates, min(len(candidates), 2))
        return min(candidates, key=lambda replica: replica.in_flight, default=avoid)

    def succeeded(self, replica: Replica) -> None:
        """It is back at once: where all had failed, it was still asked."""
        replica.failures = 0
        if readmission := self._ejected.pop(replica, None):
            readmission.cancel()
            self._tell()

    def failed(self, replica: Replica) -> None:
        """Leave it out until it says that it is ready, and never less than a moment."""
        replica.failures += 1
        if replica not in self._ejected and replica.address in self._replicas:
            self._ejected[replica] = asyncio.create_task(self._readmit(replica))
            self._tell()

    def __len__(self) -> int:
        """Those in use."""
        return len(self._replicas) - len(self._ejected)

    async def _readmit(self, replica: Replica) -> None:
        while True:
            longest = FIRST_EJECTION_SECONDS * 2.0 ** min(replica.failures - 1, 10)
            pause = min(longest, LONGEST_EJECTION_SECONDS) * random.uniform(0.5, 1)  # noqa: S311
            await asyncio.sleep(pause)
            if await self._ready(replica):
                break
            replica.failures += 1
        del self._ejected[replica]
        self._tell()

    async def _keep_resolving(self) -> None:
        while True:
            await asyncio.sleep(RESOLVE_SECONDS)
            await self._resolve()

    async def _resolve(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return  # no answer says nothing about the replicas we know
        addresses = {Address(str(where[0]), int(where[1])) for *_, where in found}
        if addresses == self._replicas.keys():
            return
        for address in self._replicas.keys() - addresses:
            if task := self._ejected.pop(self._replicas.pop(address), None):
                task.cancel()
        for address in addresses - self._replicas.keys():
            self._replicas[address] = Replica(address)
        self._tell()

    def _tell(self) -> None:
        self.changed(len(self))


def _without(avoid: Replica | None, replicas: Collection[Replica]) -> list[Replica]:
    return [replica for replica in replicas if replica is not avoid]
