"""A log line as JSON."""

from __future__ import annotations

import datetime as dt
import json
import logging
import time

import pytest

from json_logs import Formatter


def line(formatter: logging.Formatter, **changes: object) -> dict[str, object]:
    record = logging.LogRecord("valence", logging.WARNING, "", 1, "%d of %d", (1, 2), None)
    vars(record).update(changes)
    parsed: dict[str, object] = json.loads(formatter.format(record))
    return parsed


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_times_are_utc_wherever_the_process_runs(
    zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        when = dt.datetime(2026, 11, 26, 13, 0, 5, 70_900, tzinfo=dt.UTC)
        written = line(Formatter(), created=when.timestamp())["timestamp"]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert written == "2026-11-26T13:00:05.070Z"


def test_a_line_has_level_logger_message_and_more() -> None:
    written = line(Formatter("request_id"), request_id="me-1")
    del written["timestamp"]
    assert written == {
        "level": "WARNING",
        "logger": "valence",
        "message": "1 of 2",
        "request_id": "me-1",
    }


def test_an_exception_is_part_of_its_line() -> None:
    try:
        raise ValueError("boom")
    except ValueError as error:
        written = line(Formatter(), exc_info=(ValueError, error, error.__traceback__))
    assert "ValueError: boom" in str(written["exc_info"])
