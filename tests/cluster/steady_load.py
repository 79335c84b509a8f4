"""A steady load of comments through the Ingress; the outcome of each is counted."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Iterator
from http import HTTPStatus
from itertools import repeat
from typing import Self

from loadtest.harness import generator

PER_SECOND = 25


class SteadyLoad:
    """Posts comments at a fixed rate, whatever their outcome, while the context lasts."""

    def __init__(self, url: str, per_second: float = PER_SECOND) -> None:
        self._url = url
        self._interval = 1 / per_second
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self.sent = 0
        self.models: dict[str, str] = {}
        """By the id of each acknowledged comment, the model that its answer names."""
        self.failures: list[str] = []
        self.seconds: list[float] = []
        """From when each comment was due to its outcome."""

    @property
    def acknowledged(self) -> set[str]:
        """The ids of the comments that were stored, as their answers say."""
        return {*self.models}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)

    async def _run(self) -> None:
        bodies = (f'{{"comment":"A good day for {uuid.uuid4()}."}}' for _ in repeat(None))
        # A connection for each request: the controller may close an idle one at any time, and
        # how clients handle that is not tested here.
        await generator.post(
            f"{self._url}/comments", bodies, self._times(), self._count, connections=None
        )

    def _times(self) -> Iterator[float]:
        while not self._stop.is_set():
            yield self.sent * self._interval
            self.sent += 1

    def _count(self, answer: generator.Answer) -> None:
        location = answer.header("Location")
        if answer.status == HTTPStatus.CREATED and location:
            self.models[location.rpartition("/")[2]] = answer.header("X-Model") or ""
        else:
            head = answer.head.decode("latin-1")[:200]
            self.failures.append(f"{time.strftime('%X')} {answer.status}: {head}")
        self.seconds.append(answer.seconds)
