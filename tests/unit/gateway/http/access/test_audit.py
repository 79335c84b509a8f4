from __future__ import annotations

import logging
import time
from itertools import count

import pytest

from gateway.http.access import audit
from tests.support.until import until


def test_equal_refusals_are_counted_and_logged_once_a_second(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A stranger must not decide how much is logged."""
    times = count(1_000.0, 0.3)
    monkeypatch.setattr(time, "monotonic", lambda: next(times))
    monkeypatch.setattr(audit, "_refusals", {})
    with caplog.at_level(logging.INFO, audit.log.name):
        for _ in range(9):
            audit.refused(None, "postComment", 401)
        audit.refused("app", "postComment", 401)
        audit.refused(None, "postComment", 429)
    lines = [(line.caller, line.status, line.count) for line in caplog.records]  # type: ignore[attr-defined]
    assert lines == [
        (None, 401, 1),
        (None, 401, 4),
        (None, 401, 4),
        ("app", 401, 1),
        (None, 429, 1),
    ]


async def test_the_last_refusals_of_a_burst_are_counted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(audit, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(audit, "_refusals", {})
    with caplog.at_level(logging.INFO, audit.log.name):
        async with audit.flushing():
            for _ in range(100):
                audit.refused(None, "postComment", 401)
            await until(lambda: counted(caplog) == 100, seconds=20)
            monkeypatch.setattr(audit, "PAUSE_SECONDS", 1_000.0)
            for _ in range(2):
                audit.refused("app", "postComment", 401)
        assert counted(caplog) == 102


def counted(caplog: pytest.LogCaptureFixture) -> int:
    return sum(line.count for line in caplog.records)  # type: ignore[attr-defined]
