"""Whether the gateway has started, and whether the parts that it depends on answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

import reporting
from gateway.errors import MisconfiguredError, UnavailableError

VALID_SECONDS = 1.0
CHECK_SECONDS = 2.0
"""Time limit of a check, for whoever asks."""
SILENT_START_SECONDS = 5.0
"""Parts that start together wait for each other this long without a word."""

Check = Callable[[], Awaitable[None]]

_log = logging.getLogger(__name__)


class Readiness:
    """One check of each part at a time, whose result is valid for a second: whoever asks, and
    however often, costs each part at most one call a second.

    The gateway has started once all parts have answered. What becomes of them later is no matter
    of readiness, as all gateways share them: without any gateway that is ready, clients would not
    even be told what is wrong.
    """

    def __init__(self, checks: Mapping[str, Check]) -> None:
        """
        Args:
            checks: of each part, by its name: returns if the part works.
        """
        self.has_started = False
        """Whether all parts have answered."""
        self._checks = checks
        self._running: dict[str, asyncio.Task[None]] = {}
        self._outage: str | None = None
        self._valid_until = 0.0
        self._lock = asyncio.Lock()

    async def start(self) -> None:
        """Return once all parts answer.

        Raises:
            MisconfiguredError: one of them cannot work as it is configured.
        """
        began, logged = _now(), None
        while outage := await self.find_outage():
            if outage != logged and _now() - began > SILENT_START_SECONDS:
                _log.warning("not ready: %s", outage)
                # If the startup probe ends this process, `kubectl describe` tells why.
                reporting.leave(f"gateway: not ready: {outage}")
                logged = outage
            await asyncio.sleep(VALID_SECONDS)
        if logged:
            _log.warning("ready")
            reporting.leave("")

    async def find_outage(self) -> str | None:
        """The parts that do not answer, and why, as a sentence; None if all do.

        Raises:
            MisconfiguredError: the gateway has not started yet, and a part cannot work as it is
                configured.
        """
        async with self._lock:
            if _now() >= self._valid_until:
                self._outage = await self._check()
                self._valid_until = _now() + VALID_SECONDS
            return self._outage

    async def close(self) -> None:
        """Give up the checks in progress."""
        for check in self._running.values():
            check.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _check(self) -> str | None:
        for name, check in self._checks.items():
            last = self._running.get(name)
            if last and last.done():
                # It ended after its caller had gone, so what it found is old.
                last.exception()
            if last is None or last.done():
                self._running[name] = asyncio.ensure_future(check())
        await asyncio.wait(self._running.values(), timeout=CHECK_SECONDS)
        outage = "; ".join(filter(None, map(self._failure, self._checks))) or None
        self.has_started = self.has_started or outage is None
        return outage

    def _failure(self, name: str) -> str | None:
        """What is wrong with a part whose check has begun."""
        if not self._running[name].done():
            # It goes on: there is never more than one.
            return f"the {name} is out (it does not answer)"
        try:
            self._running.pop(name).result()
        except MisconfiguredError as error:
            if not self.has_started:
                raise
            return f"the {name} is out ({error})"
        except UnavailableError as error:
            return f"the {name} is out ({error})"
        except Exception:
            _log.exception("the check of the %s failed", name)
            return f"the {name} is out (its check failed, and that was logged)"
        return None


def _now() -> float:
    return asyncio.get_running_loop().time()
