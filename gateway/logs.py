"""Logs as JSON, a line an event, with the request's id and never a comment's text."""

from __future__ import annotations

import logging
import logging.config
import re
from contextvars import ContextVar

import json_logs

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
TRACE_ID: ContextVar[str | None] = ContextVar("trace_id", default=None)
"""The trace of the request under way, if it is sampled: 32 hexadecimal digits."""

# https://www.w3.org/TR/trace-context/#traceparent-header
_TRACEPARENT = re.compile(
    r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?"
)
_SAMPLED = 1


class WithRequestId(logging.Filter):
    """Adds the id of the request under way."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = REQUEST_ID.get()
        return True


def sampled_trace(traceparent: str) -> str | None:
    """The id of the trace that a `traceparent` header names; None if it is not sampled, or if the
    header is not valid."""
    match = _TRACEPARENT.fullmatch(traceparent)
    # Later versions than 00 may have more fields.
    if not match or (match[1] == "00" and match[4]) or not int(match[3], 16) & _SAMPLED:
        return None
    return match[2]


AUDIT = "valence.audit"
"""The logger of what callers did."""


def configure(level: str, audit: str) -> None:
    """Have everything in this process log this way.

    Args:
        level: `debug`, `info`, `warning` or `error`.
        audit: `none`, or anything else for an audit log at any level.
    """
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"request": {"()": WithRequestId}},
            "formatters": {
                "json": {"()": lambda: json_logs.Formatter("request_id")},
            },
            "handlers": {
                "stderr": {
                    "class": "logging.StreamHandler",
                    "formatter": "json",
                    "filters": ["request"],
                }
            },
            "root": {"handlers": ["stderr"], "level": level.upper()},
            "loggers": {
                # What they say at `info` is of no use to operators.
                name: {"level": "WARNING"}
                for name in ("aiohttp", "asyncio", "botocore")
            }
            | {AUDIT: {"level": "CRITICAL" if audit == "none" else "INFO"}},
        }
    )
