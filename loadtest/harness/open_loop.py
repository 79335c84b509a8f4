"""Open-loop load: requests are sent when they are due, however the service fares.

Latency counts from when a request was due, not from when a connection was free to send it, so a
service that stalls cannot hide it (coordinated omission).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from loadtest.harness.generator import Answer, post
from loadtest.harness.quantiles import quantile


class Load(msgspec.Struct, frozen=True):
    """What was offered, and the outcome; `seconds` from the start to the last answer. Latencies
    are those of good answers."""

    offered_rate: float
    requests: int
    good: int
    """Answered with 2xx."""
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def errors(self) -> int:
        """Refused, broken or unanswered."""
        return self.requests - self.good

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return self.good / self.seconds


async def offer(
    url: str,
    bodies: Iterator[str],
    times: Iterable[float],
    rate: float,
    headers: Mapping[str, str] | None = None,
) -> Load:
    """Post at each of the times, as `generator.post` does, and sum up the answers.

    Raises:
        OSError: the service cannot be reached.
    """
    requests, good_ms = 0, []

    def answered(answer: Answer) -> None:
        nonlocal requests
        requests += 1
        if 200 <= answer.status < 300:
            good_ms.append(answer.seconds * 1e3)

    seconds = await post(url, bodies, times, answered, headers=headers)
    p50, p99 = (quantile(good_ms, share) for share in (0.5, 0.99))
    return Load(rate, requests, len(good_ms), seconds, p50, p99)
