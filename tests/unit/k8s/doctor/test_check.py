"""Checks become results, and run at once within their time."""

from __future__ import annotations

import threading

import pytest

from k8s.doctor.check import FailedError, SkippedError, Status, gather, judge, needs


def raising(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    ("outcome", "status", "found", "advice"),
    [
        ("fine", Status.OK, "fine", ""),
        (FailedError("bad", "mend it"), Status.FAILED, "bad", "mend it"),
        (SkippedError("no file"), Status.SKIPPED, "no file", ""),
    ],
)
def test_an_outcome_is_judged(outcome: object, status: Status, found: str, advice: str) -> None:
    assert judge("outside", "it", outcome) == ("outside", "it", status, found, advice)


def test_a_bug_is_a_failure() -> None:
    result = judge("outside", "it", KeyError("x"))
    assert result.status is Status.FAILED
    assert result.found == "the check itself failed: KeyError: 'x'"


def test_all_are_called_at_once() -> None:
    barrier = threading.Barrier(2)
    outcomes = gather({"a": lambda: barrier.wait() and 0, "b": lambda: barrier.wait() and 0}, 30)
    assert outcomes == {"a": 0, "b": 0}


def test_what_is_raised_is_returned() -> None:
    error = FailedError("bad", "mend it")
    assert gather({"a": lambda: raising(error)}, 30) == {"a": error}


def test_one_that_hangs_costs_the_others_nothing() -> None:
    forever = threading.Event()
    outcomes = gather({"a": forever.wait, "b": lambda: 1}, 0.1)
    forever.set()
    assert outcomes["b"] == 1
    assert str(outcomes["a"]) == "no answer within 0.1 s"


def test_a_fact_that_is_missing_skips_what_needs_it() -> None:
    assert needs(3) == 3
    with pytest.raises(SkippedError, match="bad"):
        needs(FailedError("bad", "mend it"))
