"""What a gateway knows of a part that all gateways share: the store, or the model."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context

from gateway import metrics
from gateway.errors import UnavailableError
from gateway.waiting import BatchCall, Item, Result

CHECK_SECONDS = 1.0
"""Pause between two checks of a part that is out."""
QUIET_SECONDS = 10.0
"""Time without a failure after which an outage is reported as over."""

_log = logging.getLogger(__name__)


class Dependency:
    """Learns from calls whether the part works, and refuses calls that would only wait.

    A call that fails at once costs its caller nothing, so calls go on, and recovery is immediate.
    But while calls are in flight and the part answers none of them, new ones are refused, until a
    call succeeds or a check passes. There is one check at a time, once a second.
    """

    def __init__(
        self,
        name: str,
        check: Callable[[], Awaitable[None]],
        *,
        max_silence: float,
        is_outage: Callable[[Exception], bool],
    ) -> None:
        """To be created while an event loop runs.

        Args:
            name: of the part, in messages and metrics.
            check: returns if the part works; bounds its own time. One that raises is repeated.
            max_silence: seconds without any answer after which calls are refused.
            is_outage: whether this result of a call tells that the part is out.
        """
        self.on_refusal: Callable[[Exception], None] = lambda _error: None
        """Called with the error that what waits for a call should get, too: when a check fails, or
        there is no answer for another `max_silence` seconds: it may have been a pause."""
        self._name = name
        self._check = check
        self._max_silence = max_silence
        self._is_outage = is_outage
        self._loop = asyncio.get_running_loop()
        self._in_flight = 0
        self._quiet_since = 0.0
        """When the calls in flight began to be without an answer."""
        self._timer: asyncio.TimerHandle | None = None
        self._failure: str | None = None
        self._refuses = False
        self._watching: asyncio.Task[None] | None = None
        self._began = self._ended = 0.0
        self._logged: set[str] = set()
        metrics.OUTAGE.labels(name).set_function(lambda: self._failure is not None)

    @property
    def failure(self) -> str | None:
        """Why the part is known to be out, as a sentence; None if it works as far as is known."""
        return self._failure

    @property
    def refusal(self) -> str | None:
        """The same, if a call would only wait; None if one may be tried."""
        return self._failure if self._refuses else None

    def watched(self, call: BatchCall[Item, Result]) -> BatchCall[Item, Result]:
        """The same call, from whose results this object learns.

        It raises `UnavailableError` without calling while calls are refused.
        """

        async def watched(items: Sequence[Item]) -> Sequence[Result | Exception]:
            if self._refuses:
                raise UnavailableError(self._failure)
            if not self._in_flight:
                self._quiet_since = self._loop.time()
            self._in_flight += 1
            self._listen()
            results: Sequence[Result | Exception] = []
            try:
                results = await call(items)
            except Exception as error:
                results = [error]
                raise
            finally:
                self._in_flight -= 1
                self._learn(results)
            return results

        return watched

    async def close(self) -> None:
        """Stop checking."""
        if self._timer:
            self._timer.cancel()
        if self._watching:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    def _listen(self) -> None:
        """Have the silence looked at when it may have become too long. A timer for each call would
        cost more than the rest."""
        if self._timer is None:
            end = self._quiet_since + self._max_silence
            self._timer = self._loop.call_at(end, self._on_timer, context=Context())

    def _on_timer(self) -> None:
        self._timer = None
        if not self._in_flight:
            return
        if self._loop.time() >= self._quiet_since + self._max_silence:
            self._is_silent()
            self._quiet_since = self._loop.time()
        self._listen()

    def _is_silent(self) -> None:
        if self._refuses:
            self._reject()
        else:
            self._fails(f"the {self._name} does not answer")
            self._refuses = True

    def _reject(self) -> None:
        self.on_refusal(UnavailableError(self._failure))

    def _learn(self, results: Sequence[object]) -> None:
        failures = [result for result in results if isinstance(result, Exception)]
        outages = [failure for failure in failures if self._is_outage(failure)]
        if len(failures) < len(results):
            self._works()
        elif outages and len(outages) == len(failures):
            self._fails(str(outages[-1]))

    def _works(self) -> None:
        if self._failure:
            self._ended = self._loop.time()
        self._failure = None
        self._refuses = False
        self._quiet_since = self._loop.time()

    def _fails(self, reason: str) -> None:
        self._failure = reason
        if self._watching is None:
            self._began = self._loop.time()
            # Its log lines are of no request.
            self._watching = self._loop.create_task(self._watch(), context=Context())
        # There are few reasons. Two that alternate are logged once each.
        if reason not in self._logged:
            self._logged.add(reason)
            _log.error("the %s is out: %s", self._name, reason)

    async def _watch(self) -> None:
        """Check the part until it works, and tell when the outage is over."""
        while self._failure or self._loop.time() - self._ended < QUIET_SECONDS:
            if self._failure:
                await self._probe()
            await asyncio.sleep(CHECK_SECONDS)
        seconds = self._ended - self._began
        _log.warning("the %s works again; it was out for %.0f s", self._name, seconds)
        self._logged.clear()
        self._watching = None

    async def _probe(self) -> None:
        try:
            await self._check()
        except UnavailableError as error:
            self._fails(str(error))
            if self._refuses:
                self._reject()
        except Exception:
            # The next check may pass: whatever this was, calls must not be refused for ever.
            _log.exception("the check of the %s failed", self._name)
        else:
            self._works()
