"""Duration and CPU time of a call to the Bento, by its number of texts."""

from __future__ import annotations

import itertools
import random
import statistics
import time

import msgspec
import requests

from loadtest.errors import LoadTestError
from loadtest.harness import texts
from loadtest.harness.cpu import CpuTime
from loadtest.servers.launch import bento
from loadtest.servers.server import Server

SIZES = (1, 2, 4, 8, 16, 32, 64)
SECONDS = 1.0
TIMEOUT_SECONDS = 10


class Batch(msgspec.Struct, frozen=True):
    """Calls with `texts` texts each."""

    texts: int
    seconds: float
    """Median duration of a call."""
    cpu_seconds: float
    """The Bento's mean CPU time of a call."""


def measure_batches() -> list[Batch]:
    """Start a Bento and measure its calls.

    Raises:
        LoadTestError: it did not start, or did not answer as it should.
    """
    with bento() as (url, server):
        return measure(url, server)


def measure(url: str, server: Server) -> list[Batch]:
    """Call `/classify` of the Bento at a base URL, one call at a time, with batches of all SIZES.

    Raises:
        LoadTestError: it does not answer as it should.
    """
    shuffled = texts.read()
    random.Random(1).shuffle(shuffled)  # noqa: S311
    endless = itertools.cycle(shuffled)
    measured = []
    with requests.Session() as session:
        for size in (SIZES[-1], *SIZES):  # the first warms up
            took: list[float] = []
            start = time.perf_counter()
            with CpuTime([server]) as cpu:
                while time.perf_counter() - start < SECONDS:
                    body = {"texts": list(itertools.islice(endless, size))}
                    sent = time.perf_counter()
                    _call(session, f"{url}/classify", body)
                    took.append(time.perf_counter() - sent)
            used = cpu.seconds[server.name]
            measured.append(Batch(size, statistics.median(took), used / len(took)))
    return measured[1:]


def _call(session: requests.Session, url: str, body: dict[str, list[str]]) -> None:
    try:
        session.post(url, json=body, timeout=TIMEOUT_SECONDS).raise_for_status()
    except requests.RequestException as error:
        raise LoadTestError(f"the Bento: {error}") from None
