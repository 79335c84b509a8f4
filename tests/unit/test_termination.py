"""The last line of a process."""

from __future__ import annotations

from pathlib import Path

import pytest

import termination


def test_the_end_is_one_line_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        termination.end("gateway", ValueError("PORT: is no number"))
    assert raised.value.code == "gateway: PORT: is no number"  # Python prints it and returns 1
    assert capsys.readouterr().out == ""


def test_a_pod_s_log_is_replaced(tmp_path: Path) -> None:
    log = tmp_path / "termination-log"
    log.write_text("an older and longer message")
    termination.report("gateway: PORT", log)
    assert log.read_text() == "gateway: PORT"


def test_no_log_is_made_where_there_is_none(tmp_path: Path) -> None:
    termination.report("gateway: PORT", tmp_path / "none")
    termination.report("gateway: PORT", tmp_path / "no folder" / "none")
    assert not any(tmp_path.iterdir())


def test_a_log_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    termination.report("gateway: PORT", tmp_path)  # a folder
