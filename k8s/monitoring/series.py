"""The series that several queries read, and the namespace that all of them are in."""

from __future__ import annotations

NAMESPACE = "valence"
GATEWAYS = "gateway-metrics"
"""The Service by which Prometheus finds the gateways; it gives the label `service`."""
BENTOS = "bento-metrics"
COMMENTS = "/comments"
"""The route of comments that come one by one."""
SLOW_SECONDS = 0.25
"""A comment that takes longer is slow. It must be a bound of a bucket."""


def series(name: str, *matchers: str, **labels: str) -> str:
    """A selector of a metric's series.

    Args:
        name: of the series.
        matchers: of labels, such as `status=~"5.."`.
        labels: that must have these values.
    """
    equal = [f'{label}="{value}"' for label, value in {"namespace": NAMESPACE, **labels}.items()]
    return f"{name}{{{','.join((*equal, *matchers))}}}"


def gateway(name: str, *matchers: str, **labels: str) -> str:
    """A selector of one of the gateway's metrics, whose prefix the name lacks."""
    return series(f"valence_gateway_{name}", *matchers, **labels)


def bento(name: str, *matchers: str, **labels: str) -> str:
    """A selector of one of the Bento's metrics, whose prefix the name lacks."""
    return series(f"valence_bento_{name}", *matchers, **labels)


def requests(kind: str, *matchers: str, **labels: str) -> str:
    """A selector of the gateway's requests: their `count`, `sum` or `bucket`."""
    return gateway(f"request_duration_seconds_{kind}", *matchers, **labels)


def posts(kind: str, *matchers: str, **labels: str) -> str:
    """A selector of the requests that bring one comment."""
    return requests(kind, *matchers, method="POST", route=COMMENTS, **labels)
