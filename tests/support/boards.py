"""The boards of Grafana: their panels and queries."""

from __future__ import annotations

import functools
import json
import re
from typing import Any, NamedTuple

from k8s.monitoring.__main__ import COMPONENT

FILES = sorted((COMPONENT / "boards").glob("*.json"))
# The simplest of what Grafana puts there.
_VARIABLES = {"$__rate_interval": "5m"}


class Query(NamedTuple):
    """One query of a panel."""

    board: str
    panel: str
    reference: str
    expression: str
    exemplars: bool

    def __str__(self) -> str:
        return f"{self.board}-{self.panel}-{self.reference}"

    @property
    def filled(self) -> str:
        """The expression with values for Grafana's variables."""
        expression = functools.reduce(
            lambda text, name: text.replace(name, _VARIABLES[name]), _VARIABLES, self.expression
        )
        assert "$" not in expression
        return expression


def boards() -> dict[str, dict[str, Any]]:
    """The boards by the name of their file."""
    return {file.stem: json.loads(file.read_text()) for file in FILES}


def queries() -> list[Query]:
    """The queries of all boards."""
    return [
        Query(name, panel["title"], target["refId"], target["expr"], target["exemplar"])
        for name, board in boards().items()
        for panel in board["panels"]
        for target in panel.get("targets", [])
    ]


def selectors(expression: str) -> list[tuple[str, str]]:
    """The metrics of an expression that are selected with matchers, and the matchers."""
    return re.findall(r"\b([\w:]+)\{([^}]*)\}", expression)
