"""The audit log: who did what to which record, and who was refused; never a comment's text."""

from __future__ import annotations

import logging
import math
import time

from gateway.logs import AUDIT

__all__ = ["done", "log", "refused"]

PAUSE_SECONDS = 1.0

log = logging.getLogger(AUDIT)
_refusals: dict[tuple[str | None, str, int], tuple[float, int]] = {}
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
    _refusals[kind] = (now, 0)
    extra = {"caller": caller, "action": action, "status": int(status), "count": unlogged + 1}
    log.warning("refused", extra=extra)
