"""Logs as JSON, a line an event, with times in UTC."""

from __future__ import annotations

import datetime as dt
import logging
import logging.config
from typing import Any

from pythonjsonlogger.json import JsonFormatter

__all__ = ["Formatter", "configure"]

NAMES = {"asctime": "timestamp", "levelname": "level", "name": "logger"}


class Formatter(JsonFormatter):
    """Time, level, logger and message, then further attributes of the record."""

    def __init__(self, *attributes: str) -> None:
        names = ("asctime", "levelname", "name", "message", *attributes)
        super().__init__(" ".join(f"%({name})s" for name in names), rename_fields=NAMES)

    def formatTime(  # noqa: N802 - the library's name
        self, record: logging.LogRecord, _datefmt: str | None = None
    ) -> str:
        """The record's time as RFC 3339, in UTC and to the millisecond."""
        time = dt.datetime.fromtimestamp(record.created, dt.UTC)
        return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def configure(level: str, loggers: dict[str, Any] | None = None) -> None:
    """Have everything in this process log this way, on standard error.

    Args:
        level: from which events are logged, such as `INFO`.
        loggers: the configuration of those that differ, by their names.
    """
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": Formatter}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": loggers or {},
        }
    )
