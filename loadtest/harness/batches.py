"""What a call to the Bento takes, by the number of its texts."""

from __future__ import annotations

import itertools
import math
import random
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import requests

from loadtest.errors import LoadTestError
from loadtest.harness import texts
from loadtest.servers.server import Server

SIZES = (1, 2, 4, 8, 16, 32, 64)
SECONDS = 1.0
PATIENCE_SECONDS = 10


class Batch(msgspec.Struct, frozen=True):
    """Calls with so many texts: the median by the clock, and mean CPU of the Bento; seconds."""

    texts: int
    seconds: float
    cpu_seconds: float
    took: list[float] = []
    """Each call, by the clock."""


class Line(msgspec.Struct, frozen=True):
    """Seconds of a call: `call + text · texts`."""

    call: float
    text: float

    def __call__(self, count: float) -> float:
        return self.call + self.text * count


@dataclass(frozen=True)
class Service:
    """What keeps a Bento busy: the line, and what one of the measured calls of about that size took
    beyond the median of its size: long texts, collections of garbage, the system's scheduling."""

    line: Line
    excess: Mapping[int, Sequence[float]]

    @classmethod
    def of(cls, line: Line, batches: list[Batch]) -> Service:
        return cls(line, {b.texts: [t - b.seconds for t in b.took] for b in batches if b.took})

    def __call__(self, count: int, chance: random.Random) -> float:
        if not self.excess:
            return self.line(count)
        size = min(self.excess, key=lambda each: abs(math.log(each / count)))
        return max(0.0, self.line(count) + chance.choice(self.excess[size]))


def measure(url: str, server: Server) -> list[Batch]:
    """Call `/classify` of the Bento at a base URL, one call at a time, with batches of all SIZES.

    Raises:
        LoadTestError: it does not answer as it should.
    """
    some = texts.read()
    random.Random(1).shuffle(some)  # noqa: S311
    endless = itertools.cycle(some)
    measured = []
    with requests.Session() as session:
        for size in (SIZES[-1], *SIZES):  # the first warms up
            took: list[float] = []
            cpu = server.cpu_seconds()
            start = time.perf_counter()
            while time.perf_counter() - start < SECONDS:
                body = {"texts": list(itertools.islice(endless, size))}
                sent = time.perf_counter()
                _call(session, f"{url}/classify", body)
                took.append(time.perf_counter() - sent)
            used = server.cpu_seconds() - cpu
            measured.append(Batch(size, statistics.median(took), used / len(took), took))
    return measured[1:]


def _call(session: requests.Session, url: str, body: dict[str, list[str]]) -> None:
    try:
        session.post(url, json=body, timeout=PATIENCE_SECONDS).raise_for_status()
    except requests.RequestException as error:
        raise LoadTestError(f"the Bento: {error}") from None
