"""An open-loop generator: comments are posted when they are due, however the last ones fare.

`python -m tests.support.open_loop URL RATE SECONDS` prints what came of them as JSON. It runs as a
process of its own and speaks HTTP by hand, so that it costs little beside what it measures.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections import Counter, deque
from typing import NamedTuple, cast
from urllib.parse import urlsplit

import msgspec
import uvloop

from tests.support.until import until

# Opened before the first comment is due: what is measured is comments, not handshakes.
CONNECTIONS = 2_000
PATIENCE_SECONDS = 15.0


class Answer(NamedTuple):
    """When it was due, in seconds from the start; how long it took from then on; its status."""

    due: float
    seconds: float
    status: int
    """0 if the connection broke."""
    retry_after: bool


class Outcome(msgspec.Struct, frozen=True):
    """What became of all that was due."""

    due: int
    answers: list[Answer]
    unsent: int
    """Due, but all connections were busy."""
    unanswered: int
    """Sent, and no answer came while it was patient."""

    def statuses(self, first: float = 0.0) -> dict[int, int]:
        """How often each status came to what was due from `first` on."""
        return dict(Counter(answer.status for answer in self.answers if answer.due >= first))

    def accepted(self, first: float, last: float) -> int:
        """201s that came from `first` on and before `last`."""
        return sum(a.status == 201 and first <= a.due + a.seconds < last for a in self.answers)

    def seconds(self, *, accepted: bool, share: float) -> float:
        """The quantile `share` of the time that a 201, or any other answer, took."""
        times = sorted(a.seconds for a in self.answers if (a.status == 201) == accepted)
        return times[min(int(share * len(times)), len(times) - 1)] if times else 0.0


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._received = b""
        self._missing = -1
        self.due: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._generator.idle.append(self)

    def post(self, due: float, request: bytes) -> None:
        self.due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._missing < 0:
            head, end, body = self._received.partition(b"\r\n\r\n")
            if not end:
                return
            self._head = head.lower()
            length = self._head.partition(b"content-length:")[2].partition(b"\r\n")[0]
            self._missing = int(length)
            self._received = body
        if len(self._received) >= self._missing:
            self._answered(int(self._head[9:12]))

    def _answered(self, status: int) -> None:
        assert self.due is not None
        due, self.due = self.due, None
        self._received, self._missing = b"", -1
        closes = b"\r\nconnection: close" in self._head
        self._generator.answered(due, status, b"\r\nretry-after:" in self._head)
        if closes:
            self._transport.close()
        else:
            self._generator.idle.append(self)

    def connection_lost(self, _: Exception | None) -> None:
        if self.due is not None:
            self._generator.answered(self.due, 0, False)
            self.due = None
        elif self in self._generator.idle:
            self._generator.idle.remove(self)


class Generator:
    """Posts `rate` comments a second for `seconds`."""

    def __init__(self, url: str, rate: float, seconds: float) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._rate, self._total = rate, round(rate * seconds)
        self._answers: list[Answer] = []
        self._unsent = 0
        self.idle: deque[_Connection] = deque()

    async def run(self) -> Outcome:
        loop = asyncio.get_running_loop()
        for _ in range(CONNECTIONS):
            await loop.create_connection(lambda: _Connection(self), self._host, self._port)
        self._started = time.monotonic()
        for number in range(self._total):
            due = number / self._rate
            if (early := due - self._now()) > 0:
                await asyncio.sleep(early)
            elif number % 16 == 0:
                await asyncio.sleep(0)  # answers are read also when it is late
            self._post(due, number)
        with contextlib.suppress(TimeoutError):
            await until(lambda: not self._missing(), seconds=PATIENCE_SECONDS)
        return Outcome(self._total, self._answers, self._unsent, self._missing())

    def answered(self, due: float, status: int, retry_after: bool) -> None:
        self._answers.append(Answer(due, self._now() - due, status, retry_after))

    def _missing(self) -> int:
        return self._total - self._unsent - len(self._answers)

    def _now(self) -> float:
        return time.monotonic() - self._started

    def _post(self, due: float, number: int) -> None:
        if self.idle:
            self.idle.pop().post(due, self._request(number))
        else:
            self._unsent += 1

    def _request(self, number: int) -> bytes:
        body = b'{"comment":"Number %d of many: a fine product, but the box was torn."}' % number
        return (
            b"POST /comments HTTP/1.1\r\nHost: valence\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        )


def main() -> None:
    url, rate, seconds = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    outcome = uvloop.run(Generator(url, rate, seconds).run())
    json.dump(msgspec.to_builtins(outcome), sys.stdout)


if __name__ == "__main__":
    main()
