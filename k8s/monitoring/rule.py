"""One rule of Prometheus."""

from __future__ import annotations

from typing import Any

Rule = dict[str, Any]
"""As in the file of rules."""


def record(name: str, expression: str, **labels: str) -> Rule:
    """A rule that records a series, with these labels besides those that it has."""
    return {"record": name, "expr": expression, **({"labels": labels} if labels else {})}


def alert(
    name: str, expression: str, *, severity: str, summary: str, minutes: int | None = None
) -> Rule:
    """A rule that alerts.

    Args:
        name: of the alert, and of its section in the runbook.
        expression: true while something is wrong.
        severity: `page` or `ticket`.
        summary: what it means to users.
        minutes: for which it must be true before the alert fires.
    """
    return {
        "alert": name,
        "expr": expression,
        **({"for": f"{minutes}m"} if minutes else {}),
        "labels": {"severity": severity},
        "annotations": {"summary": summary},
    }
