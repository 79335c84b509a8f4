"""What a process tells its operators: its logs as JSON, and why it has ended."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import logging.config
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

from pythonjsonlogger.json import JsonFormatter

__all__ = ["Formatter", "configure", "end", "leave"]

KUBERNETES_LOG = Path("/dev/termination-log")
"""What a pod leaves there is shown by `kubectl describe`. The manifests name it, too."""

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


def end(program: str, error: object) -> NoReturn:
    """End the process with exit code 1 and a line on standard error, which `kubectl describe`
    shows, too.

    Args:
        program: its name, with which the line begins.
        error: what is wrong, and how to mend it.
    """
    line = f"{program}: {error}"
    leave(line)
    sys.exit(line)


def leave(line: str, log: Path = KUBERNETES_LOG) -> None:
    """Leave the line for `kubectl describe`, where there is such a log."""
    with contextlib.suppress(OSError):
        # Never created: elsewhere than in a pod there is none.
        file = os.open(log, os.O_WRONLY | os.O_TRUNC)
        with os.fdopen(file, "w", encoding="utf-8") as output:
            output.write(line)
