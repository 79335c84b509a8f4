"""One rate offered to a service, with the CPU time that its servers used for it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import msgspec
import uvloop

from loadtest.errors import LoadTestError
from loadtest.harness import open_loop, texts
from loadtest.harness.arrivals import arrivals
from loadtest.harness.cpu import CpuTime
from loadtest.harness.open_loop import Load
from loadtest.servers.server import Server

LIMIT_MS = 250.0
"""A rate is carried if 99 % of comments are answered within this time and none is refused."""


class Trial(msgspec.Struct, frozen=True):
    """The outcome of one rate; `cpu`: cores used by each server and by the generator (this
    process)."""

    load: Load
    cpu: dict[str, float]

    @property
    def carried(self) -> bool:
        return not self.load.errors and self.load.p99_ms <= LIMIT_MS


class Trials:
    """Offers rates to a URL, and reads the CPU time of the servers behind it."""

    def __init__(
        self, url: str, headers: Mapping[str, str] | None = None, servers: Sequence[Server] = ()
    ) -> None:
        """
        Args:
            url: where comments are posted.
            headers: sent with each.
            servers: those on this machine that take part.
        """
        self._url, self._headers, self._servers = url, headers, servers
        self._bodies = texts.bodies()

    def offer(self, rate: float, seconds: float, *, seed: int = 0) -> Trial:
        """Offer open-loop load of `rate` comments a second.

        The same rate and seed give the same arrivals.

        Raises:
            LoadTestError: the service cannot be reached any more.
        """
        times = [*arrivals(rate, seconds, random.Random(f"{rate} {seed}"))]  # noqa: S311
        offered = open_loop.offer(self._url, self._bodies, times or [0.0], rate, self._headers)
        with CpuTime(self._servers) as cpu:
            try:
                load = uvloop.run(offered)
            except OSError as error:
                raise LoadTestError(f"{self._url} cannot be reached: {error}") from None
        return Trial(load, {name: used / load.seconds for name, used in cpu.seconds.items()})
