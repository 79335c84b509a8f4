"""Rates of callers: how many requests a token may send, counted in this process."""

from __future__ import annotations

import math
import re
import time
from http import HTTPStatus
from typing import NamedTuple

from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from problem_details import FieldError, Problem

_FORM = re.compile(r"([1-9]\d{0,8})/(s|min)")
_SECONDS = {"s": 1, "min": 60}


class Rate(NamedTuple):
    """So many requests in a window of so many seconds."""

    requests: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Rate:
        """A rate like `100/s` or `6000/min`. Raises ValueError."""
        match = _FORM.fullmatch(text)
        if not match:
            raise ValueError(text)
        return cls(int(match[1]), _SECONDS[match[2]])


class Rates:
    """The counters. With n gateways behind one address a caller may send n times its rate."""

    def __init__(self) -> None:
        self._storage = MemoryStorage()
        self._limiter = SlidingWindowCounterRateLimiter(self._storage)

    def count(self, name: str, rate: Rate, requests: int) -> float:
        """
        Args:
            name: of the caller.
            rate: of the caller.
            requests: that it sends now.

        Returns:
            When they were counted, in Unix seconds.

        Raises:
            Problem: 429, they are too many; none of them counts then. 422, they are more than the
                rate ever allows at once, so that waiting does not help. The headers are those of
                draft-ietf-httpapi-ratelimit-headers-10, and with 429 `Retry-After`.
        """
        if requests > rate.requests:
            raise too_many_at_once(name, rate, requests)
        item = _item(rate)
        counted_at = time.time()
        if self._limiter.hit(item, name, cost=requests):
            return counted_at
        remaining = self._limiter.get_window_stats(item, name).remaining
        raise exceeded(name, rate, remaining, max(1, math.ceil(self._wait(item, name, requests))))

    def _wait(self, item: RateLimitItem, name: str, requests: int) -> float:
        """The seconds until so many requests may be sent, if no others are until then."""
        window = item.get_expiry()
        before, left, current, _ = self._storage.get_sliding_window(item.key_for(name), window)
        # The limiter adds what was counted in the current window and, of the one before, the part
        # that is not over yet. The sum must fall below this.
        most = item.amount - requests + 1
        if current < most:
            return left - (most - current) * window / before if before else 0
        until_next = window - time.time() % window
        return until_next + window - most * window / current

    def give_back(self, name: str, rate: Rate, requests: int, counted_at: float) -> None:
        """Have requests not count that `count` counted at this time. Nothing happens once their
        window no longer counts."""
        item = _item(rate)
        _, window = self._storage.sliding_window_keys(
            item.key_for(name), item.get_expiry(), counted_at
        )
        if self._storage.get(window):
            self._storage.decr(window, requests)


def exceeded(name: str, rate: Rate, remaining: int, wait: int) -> Problem:
    """The 429 for a caller that has sent too much.

    Args:
        name: of the caller.
        rate: of the caller.
        remaining: requests that it may send now.
        wait: seconds until it may send more.
    """
    return Problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"{name} may send {rate.requests} in {rate.seconds} s",
        headers={
            "Retry-After": str(wait),
            **_policy(rate),
            "RateLimit": f'"token";r={remaining};t={wait}',
        },
    )


def too_many_at_once(name: str, rate: Rate, requests: int) -> Problem:
    """The 422 for a batch of more comments than the caller ever may send at once."""
    return Problem.of(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        FieldError(
            "comments",
            f"must be at most {rate.requests:,}, since {name} may send {rate.requests:,}"
            f" in {rate.seconds} s, not {requests:,}",
        ),
        headers=_policy(rate),
    )


def _item(rate: Rate) -> RateLimitItem:
    kind = RateLimitItemPerSecond if rate.seconds == 1 else RateLimitItemPerMinute
    return kind(rate.requests)


def _policy(rate: Rate) -> dict[str, str]:
    return {"RateLimit-Policy": f'"token";q={rate.requests};w={rate.seconds}'}
