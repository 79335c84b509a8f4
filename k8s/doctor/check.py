"""A check: a function that returns what it found, and raises if that is wrong or cannot be told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

__all__ = ["FailedError", "Result", "SkippedError", "Status", "gather", "judge", "needs"]


class FailedError(Exception):
    """What was found is wrong."""

    def __init__(self, found: str, advice: str) -> None:
        """
        Args:
            found: what is wrong.
            advice: what to do about it.
        """
        super().__init__(found)
        self.advice = advice


class SkippedError(Exception):
    """The check cannot be made; the message says why."""


class Status(StrEnum):
    """The outcome of a check."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


class Result(NamedTuple):
    """A line of the report. In its texts NAMESPACE stands for the one that is examined."""

    topic: str
    check: str
    status: Status
    found: str
    advice: str = ""

    def within(self, namespace: str) -> Result:
        """The same, with the namespace's name in its commands."""
        found, advice = (
            text.replace("kubectl -n NAMESPACE", f"kubectl -n {namespace}")
            for text in (self.found, self.advice)
        )
        return self._replace(found=found, advice=advice)


def judge(topic: str, check: str, outcome: Any) -> Result:
    """The line of a check.

    Args:
        topic: the part of the report.
        check: its name.
        outcome: what it returned or raised.
    """
    match outcome:
        case FailedError():
            return Result(topic, check, Status.FAILED, str(outcome), outcome.advice)
        case SkippedError():
            return Result(topic, check, Status.SKIPPED, str(outcome))
        case Exception():
            found = f"the check itself failed: {type(outcome).__name__}: {outcome}"
            return Result(topic, check, Status.FAILED, found, "report this as a bug of the doctor")
    return Result(topic, check, Status.OK, str(outcome))


def needs(fact: Any, *, otherwise: str = "") -> Any:
    """A fact that another check gathered.

    Args:
        fact: what the other check returned or raised.
        otherwise: the reason of the skip if it failed; its own message by default.

    Raises:
        SkippedError: it could not be had.
    """
    if isinstance(fact, Exception):
        raise SkippedError(otherwise or str(fact))
    return fact


def gather(calls: Mapping[str, Callable[[], Any]], seconds: float) -> dict[str, Any]:
    """Call all at once; returns what each returned or raised.

    Args:
        calls: functions, by name.
        seconds: after which those that have not returned are given up, as failures.
    """
    outcomes: dict[str, Any] = {}

    def run(name: str, call: Callable[[], Any]) -> None:
        try:
            outcomes[name] = call()
        except Exception as error:
            outcomes[name] = error

    # Daemons, so that one that hangs does not keep the program from ending.
    threads = [
        threading.Thread(target=run, args=item, name=item[0], daemon=True) for item in calls.items()
    ]
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0))
    slow = FailedError(f"no answer within {seconds:g} s", "try again; if it stays, look there")
    done = outcomes.copy()
    return {name: done.get(name, slow) for name in calls}
