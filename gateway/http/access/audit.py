"""The audit log: who did what to which record, and who was refused; never a comment's text."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import AsyncIterator

from gateway.logs import AUDIT

__all__ = ["done", "flush", "flushing", "log", "refused"]

PAUSE_SECONDS = 1.0

_Kind = tuple[str | None, str, int]

log = logging.getLogger(AUDIT)
_refusals: dict[_Kind, tuple[float, int]] = {}
"""By kind, when one was logged, and how many have not been since. Kinds are few: their callers and
actions are the gateway's own."""


def done(caller: str, action: str, comment_id: str | None = None) -> None:
    """Log that a caller did something; off if the logger's level is above `info`."""
    log.info(action, extra={"caller": caller, "action": action, "comment_id": comment_id})


def refused(caller: str | None, action: str, status: int) -> None:
    """Log that a token was refused. The caller is None if it is not known. Of equal refusals one
    a second is logged, with the `count` of those since the last one."""
    kind = (caller, action, int(status))
    now = time.monotonic()
    last, unlogged = _refusals.get(kind, (-math.inf, 0))
    if now - last < PAUSE_SECONDS:
        _refusals[kind] = (last, unlogged + 1)
        return
    _log_refusals(kind, now, unlogged + 1)


def flush(*, at_end: bool = False) -> None:
    """Log the refusals that have waited for a second; at the end, all that wait."""
    now = time.monotonic()
    for kind, (last, unlogged) in _refusals.items():
        if unlogged and (at_end or now - last >= PAUSE_SECONDS):
            _log_refusals(kind, now, unlogged)


@contextlib.asynccontextmanager
async def flushing() -> AsyncIterator[None]:
    """Log the last refusals of a burst, too, which no other one follows."""

    async def flush_again_and_again() -> None:
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            flush()

    task = asyncio.create_task(flush_again_and_again())
    try:
        yield
    finally:
        task.cancel()
        flush(at_end=True)


def _log_refusals(kind: _Kind, now: float, count: int) -> None:
    _refusals[kind] = (now, 0)
    caller, action, status = kind
    extra = {"caller": caller, "action": action, "status": status, "count": count}
    log.warning("refused", extra=extra)
