"""Senders of requests that have a trace, and the spans within a span."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from tests.support.otlp import Span


class Sender:
    """The span of an Ingress or a client, from which a request comes."""

    def __init__(self, *, sampled: bool = True) -> None:
        self.trace_id, self.span_id = secrets.token_hex(16), secrets.token_hex(8)
        self.headers = {
            "traceparent": f"00-{self.trace_id}-{self.span_id}-0{int(sampled)}",
            "tracestate": "ingress=1",
        }


def children(spans: Iterable[Span], parent: Span) -> list[Span]:
    """The spans within a span, in order of time."""
    within = [span for span in spans if span.parent_id == parent.span_id]
    return sorted(within, key=lambda span: span.start)
