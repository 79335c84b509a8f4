"""An objective gives its recording rules and its alerts, in the form of Sloth and Pyrra."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from k8s.monitoring.rule import Rule, alert, record

PERIOD = "30d"


class Burn(NamedTuple):
    """When an error budget burns too fast: the long window shows that it matters, the short one
    that it is still happening."""

    long: str
    short: str
    rate: float
    """As a multiple of the rate that spends the budget in just the period."""


# https://sre.google/workbook/alerting-on-slos/, chapter "Multiwindow, Multi-Burn-Rate Alerts"
BURNS: dict[str, tuple[Burn, ...]] = {
    "page": (Burn("1h", "5m", 14.4), Burn("6h", "30m", 6)),
    "ticket": (Burn("1d", "2h", 3), Burn("3d", "6h", 1)),
}
WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
"""All of them, shortest first."""
_ADVERBS = {"page": "fast", "ticket": "steadily"}


@dataclass(frozen=True)
class Objective:
    """A share of events that must be good over PERIOD."""

    name: str
    """Of the recorded series."""
    target: float
    """The share, such as 0.999."""
    bad_ratio: Callable[[str], str]
    """The expression of the share of bad events within a window."""
    alert: str
    """The alerts' name."""
    symptom: str
    """A sentence that says what bad events are to users."""

    @property
    def budget(self) -> float:
        """The share of events that may be bad."""
        return round(1 - self.target, 9)

    def recorded(self, window: str) -> str:
        """The name of the series that has the share of bad events within a window."""
        return f"valence:{self.name}:ratio_rate{window}"

    def burn_rate(self, window: str) -> str:
        """The expression of the burn rate within a window."""
        return f"{self.recorded(window)} / {self.budget:g}"

    def budget_left(self) -> str:
        """The expression of the share of the period's budget that is left; negative if overspent.

        It is not recorded: it counts events, not the means of windows, and is asked for seldom.
        """
        return f"1 - ({self.bad_ratio(PERIOD)}) / {self.budget:g}"

    def rules(self) -> list[Rule]:
        """The recording rules, and an alert for each severity."""
        records = [record(self.recorded(window), self.bad_ratio(window)) for window in WINDOWS]
        alerts = [
            alert(
                self.alert,
                " or\n".join(self._burns(burn) for burn in burns),
                severity=severity,
                summary=f"{self.symptom}: the month's budget burns too {_ADVERBS[severity]}.",
            )
            for severity, burns in BURNS.items()
        ]
        return records + alerts

    def _burns(self, burn: Burn) -> str:
        bound = f"{burn.rate:g} * {self.budget:g}"
        return f"({self.recorded(burn.long)} > {bound} and {self.recorded(burn.short)} > {bound})"
