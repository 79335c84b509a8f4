"""Metrics as Prometheus reads them."""

from __future__ import annotations

from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families

OPENMETRICS = "application/openmetrics-text"
# As Prometheus 2.42 sends it.
PROMETHEUS = (
    f"{OPENMETRICS};version=1.0.0,{OPENMETRICS};version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)


def parse(text: str) -> list[Metric]:
    """The metrics of an OpenMetrics document. Raises ValueError if it is not valid."""
    return [*text_string_to_metric_families(text)]  # type: ignore[no-untyped-call]
