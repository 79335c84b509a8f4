"""What a call to the Bento takes, by the number of its texts."""

from __future__ import annotations

import itertools
import random
import statistics
import time

import msgspec
import numpy as np
import requests

from loadtest import texts
from loadtest.errors import LoadTestError
from loadtest.servers import Server

SIZES = (1, 2, 4, 8, 16, 32, 64)
SECONDS = 1.0
PATIENCE_SECONDS = 10


class Batch(msgspec.Struct, frozen=True):
    """Calls with so many texts: the median by the clock, and mean CPU of the Bento; seconds."""

    texts: int
    seconds: float
    cpu_seconds: float


class Line(msgspec.Struct, frozen=True):
    """Seconds of a call: `call + text · texts`."""

    call: float
    text: float

    def __call__(self, count: float) -> float:
        return self.call + self.text * count


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
            measured.append(Batch(size, statistics.median(took), used / len(took)))
    return measured[1:]


def _call(session: requests.Session, url: str, body: dict[str, list[str]]) -> None:
    try:
        session.post(url, json=body, timeout=PATIENCE_SECONDS).raise_for_status()
    except requests.RequestException as error:
        raise LoadTestError(f"the Bento: {error}") from None


def fit(batches: list[Batch]) -> Line:
    """The line through the CPU seconds with the least squares of relative distances, so that small
    batches count as much as large ones."""
    counts = np.array([batch.texts for batch in batches], float)
    seconds = np.array([batch.cpu_seconds for batch in batches])
    columns = np.column_stack([np.ones_like(counts), counts]) / seconds[:, None]
    call, text = np.linalg.lstsq(columns, np.ones_like(seconds), rcond=None)[0]
    return Line(float(call), float(text))
