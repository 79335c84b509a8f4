from __future__ import annotations

import logging
import time
from itertools import count

import pytest

from gateway.http.access import audit


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
