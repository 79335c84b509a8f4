"""A log line as JSON, and the last line of a process."""

from __future__ import annotations

import datetime as dt
import json
import logging
import time
from pathlib import Path

import pytest

import reporting
from reporting import Formatter


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


def test_the_end_is_one_line_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        reporting.end("gateway", ValueError("PORT: is no number"))
    assert raised.value.code == "gateway: PORT: is no number"  # Python prints it and returns 1
    assert capsys.readouterr().out == ""


def test_a_pod_s_log_is_replaced(tmp_path: Path) -> None:
    log = tmp_path / "termination-log"
    log.write_text("an older and longer message")
    reporting.leave("gateway: PORT", log)
    assert log.read_text() == "gateway: PORT"


def test_no_log_is_made_where_there_is_none(tmp_path: Path) -> None:
    reporting.leave("gateway: PORT", tmp_path / "none")
    reporting.leave("gateway: PORT", tmp_path / "no folder" / "none")
    assert not any(tmp_path.iterdir())


def test_a_log_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    reporting.leave("gateway: PORT", tmp_path)  # a folder
