"""The audit log: who did what to which record, and who was refused; never a comment's text."""

from __future__ import annotations

import logging

from gateway.logs import AUDIT

__all__ = ["done", "log", "refused"]

log = logging.getLogger(AUDIT)


def done(caller: str, action: str, comment_id: str | None = None) -> None:
    """Log that a caller did something; off if the logger's level is above `info`."""
    log.info(action, extra={"caller": caller, "action": action, "comment_id": comment_id})


def refused(caller: str | None, action: str, status: int) -> None:
    """Log that a token was refused. The caller is None if it is not known."""
    log.warning("refused", extra={"caller": caller, "action": action, "status": int(status)})
