"""Logs as JSON, a line an event, with the request's id and never a comment's text."""

from __future__ import annotations

import logging
import logging.config
from contextvars import ContextVar

import reporting
from gateway import tracing

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)


class WithIds(logging.Filter):
    """Adds the id of the request under way, and those of its span if it has one."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = REQUEST_ID.get()
        if ids := tracing.ids():
            record.trace_id, record.span_id = ids
        return True


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
            "filters": {"request": {"()": WithIds}},
            "formatters": {
                "json": {"()": lambda: reporting.Formatter("request_id")},
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
                for name in ("aiohttp", "asyncio", "botocore", "urllib3")
            }
            # `span_export` tells why spans are lost, and not for each batch.
            | {"opentelemetry": {"level": "ERROR"}, "opentelemetry.exporter": {"level": "CRITICAL"}}
            | {AUDIT: {"level": "CRITICAL" if audit == "none" else "INFO"}},
        }
    )
