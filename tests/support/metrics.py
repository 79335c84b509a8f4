"""The metrics of the gateway and the Bento: what they are called, and what their labels say."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPMethod, HTTPStatus
from types import ModuleType
from typing import NamedTuple, get_args

import httpx
from prometheus_client import Metric
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from bento.metrics import NO_ROUTE
from bento.metrics import OPERATIONS as BENTO_OPERATIONS
from bento.model.reference import MEASURES
from bento.service import PATHS
from gateway.http.app import HANDLERS
from gateway.http.comprehend import protocols as comprehend
from gateway.records import Confidence, Sentiment
from measures import Counts, Distribution

OPENMETRICS = "application/openmetrics-text"
# As Prometheus 2.42 sends it.
PROMETHEUS = (
    f"{OPENMETRICS};version=1.0.0,{OPENMETRICS};version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
SUFFIXES = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_count", "_sum"),
    "info": ("_info",),
}
"""Of the samples of each type."""

_WORK = ("comments", "classify", "record", "listing", "export")
_QUEUES = ("classify", "record", "listing")
_OUTCOMES = ("ok", "refused", "throttled", "timeout", "unavailable", "cancelled", "error")
_OPERATIONS = ("insert", "get", "list", "count", "correct", "delete", "check")
VALUES: dict[str, dict[str, tuple[str, ...]]] = {
    "valence_build": {"part": ("gateway", "bento")},
    "valence_gateway_shed": {"work": ("comments", "listing", "export")},
    "valence_gateway_in_progress": {"work": _WORK},
    "valence_gateway_in_progress_limit": {"work": _WORK},
    "valence_gateway_queue_length": {"queue": _QUEUES},
    "valence_gateway_queue_limit": {"queue": _QUEUES},
    "valence_gateway_queue_wait_seconds": {"queue": _QUEUES},
    "valence_gateway_batch_comments": {"queue": ("classify", "record")},
    "valence_gateway_model_call_duration_seconds": {
        "operation": ("classify", "explain"),
        "outcome": tuple(outcome for outcome in _OUTCOMES if outcome != "throttled"),
    },
    "valence_gateway_outage": {"part": ("model", "store")},
    "valence_gateway_model_replicas": {"state": ("usable", "ejected")},
    "valence_gateway_store_call_duration_seconds": {
        "operation": _OPERATIONS,
        "outcome": _OUTCOMES,
    },
    "valence_gateway_store_retries": {"reason": ("throttled", "unavailable")},
    "valence_gateway_token_refusals": {"reason": ("missing", "unknown", "expired", "role", "rate")},
    "valence_bento_model_duration_seconds": {"operation": BENTO_OPERATIONS},
    "valence_bento_batch_texts": {"operation": BENTO_OPERATIONS},
    "valence_bento_reference_ratio": {
        "data": ("training", "held_out", "recorded"),
        "measure": tuple(MEASURES),
    },
}
"""By metric and label, the values that the code gives."""

_GATEWAY_ROUTES = {
    *(path.replace(":uuid", "").replace(":path", "") for each in HANDLERS for path in each.paths),
    *("/", "/docs", "/static/{name}", "/openapi.json", "none"),
    *(comprehend.PATH + each for each in (*comprehend.OPERATIONS, "{operation}")),
}
_STATUSES = {str(status.value) for status in HTTPStatus}
_METHODS = {*HTTPMethod, "other"}
_SENTIMENTS = {*get_args(Sentiment)}


class Declared(NamedTuple):
    """A metric in the code."""

    name: str
    type: str
    unit: str
    help: str
    labels: tuple[str, ...]
    samples: tuple[str, ...]
    """The names that Prometheus gives its series."""


def declared(module: ModuleType) -> Iterator[Declared]:
    """The metrics of a module."""
    for metric in vars(module).values():
        if isinstance(metric, (MetricWrapperBase, Counts, Distribution)):
            [family] = metric.describe()
            labels = (*metric._labelnames,)
            if family.type == "info":
                labels = (*labels, "version")
            samples = tuple(family.name + suffix for suffix in SUFFIXES[family.type])
            yield Declared(
                family.name, family.type, family.unit, family.documentation, labels, samples
            )


def parse(text: str) -> list[Metric]:
    """The metrics of an OpenMetrics document. Raises ValueError if it is not valid."""
    return [*text_string_to_metric_families(text)]  # type: ignore[no-untyped-call]


def exemplars(url: str) -> dict[str, set[str]]:
    """The traces of each route, from the metrics of a gateway."""
    found: dict[str, set[str]] = {}
    for family in parse(httpx.get(url, headers={"Accept": OPENMETRICS}).text):
        for sample in family.samples:
            if sample.exemplar:
                assert family.name == "valence_gateway_request_duration_seconds"
                assert sample.exemplar.value <= float(sample.labels["le"])
                [(name, trace)] = sample.exemplar.labels.items()
                assert name == "trace_id"
                found.setdefault(sample.labels["route"], set()).add(trace)
    return found


def is_bounded(metric: str, label: str, value: str, models: set[str]) -> bool:
    """Whether a label's value is one of those that are known in advance.

    Args:
        metric: its name.
        label: of the metric.
        value: of the label.
        models: the digests of the artifacts that run.
    """
    if own := VALUES.get(metric, {}).get(label):
        return value in own
    match label:
        case "method":
            return value in _METHODS
        case "status":
            return value in _STATUSES
        case "route":
            is_bento = metric.startswith("valence_bento")
            return value in ({*PATHS, NO_ROUTE} if is_bento else _GATEWAY_ROUTES)
        case "model":
            return value in models
        case "sentiment" | "correction":
            return value in _SENTIMENTS
        case "confidence":
            return value in get_args(Confidence)
        case "language":
            return value in {"en", "und"} or (len(value) == 2 and value.islower())
        case "bin":
            return any(value in bins for bins in MEASURES.values())
        case "version":
            return True
        case "le":
            return value == "+Inf" or float(value) >= 0
    return False
