"""Spans of OpenTelemetry, sent to a receiver by OTLP over HTTP.

The SDK reads the variables: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import cast

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk import trace as sdk
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    Link,
    SpanKind,
    StatusCode,
    format_span_id,
    format_trace_id,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from telemetry import Caller, Sampler

__all__ = ["Attributes", "Span", "Traces"]

Attributes = Mapping[str, str | int | float | Sequence[str]]
"""By the semantic conventions: https://opentelemetry.io/docs/specs/semconv. Never a comment, a
token or a key."""

ERROR_TYPE = "error.type"

_w3c = TraceContextTextMapPropagator()


class Span:
    """A span that will be sent. After its end it ignores everything."""

    __slots__ = ("_context", "_span", "span_id", "trace_id")

    def __init__(self, span: sdk.Span) -> None:
        identity = span.get_span_context()
        self._span = span
        self._context = set_span_in_context(span, Context())
        self.trace_id = format_trace_id(identity.trace_id)
        self.span_id = format_span_id(identity.span_id)

    def note(self, attributes: Attributes) -> None:
        """Add attributes."""
        if self._span.is_recording():
            self._span.set_attributes(attributes)

    def count(self, name: str, number: int) -> None:
        """Add to an attribute that is a number."""
        before = cast("int", (self._span.attributes or {}).get(name, 0))
        self.note({name: before + number})

    def event(self, name: str, attributes: Attributes) -> None:
        """Note that something happened now."""
        if self._span.is_recording():
            self._span.add_event(name, attributes)

    def link(self, other: Span) -> None:
        """Link to another span."""
        if self._span.is_recording():
            self._span.add_link(other._span.get_span_context())

    def fail(self, error: str) -> None:
        """Note the type of what went wrong; the first one counts."""
        if self._span.is_recording() and ERROR_TYPE not in (self._span.attributes or {}):
            self._span.set_attribute(ERROR_TYPE, error)
            self._span.set_status(StatusCode.ERROR)

    def end(self, name: str | None = None) -> None:
        """
        Args:
            name: replaces the first one.
        """
        if name and self._span.is_recording():
            self._span.update_name(name)
        self._span.end()

    def headers(self) -> dict[str, str]:
        """The W3C headers that tell a callee of this span."""
        carrier: dict[str, str] = {}
        _w3c.inject(carrier, self._context)
        return carrier


class Traces:
    """Begins spans, and sends them from a thread of its own.

    If the receiver is slow or gone, the newest 2,048 spans (`OTEL_BSP_MAX_QUEUE_SIZE`) are kept.
    """

    def __init__(self, service: str, sampler: Sampler) -> None:
        """
        Args:
            service: its name, unless a variable gives it another one.
            sampler: decides which requests have spans.

        Raises:
            ValueError: the SDK refuses a variable.
        """
        # The variables come last, so that they prevail.
        named = Resource.create({"service.name": service}).merge(OTELResourceDetector().detect())
        self._ids = _Ids()
        self._provider = sdk.TracerProvider(
            # What is not sampled gets no span to begin with.
            sampler=ALWAYS_ON,
            resource=named,
            id_generator=self._ids,
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._sampler = sampler
        self._tracer = self._provider.get_tracer("valence")

    def receive(
        self, name: str, caller: Caller | None, tracestate: Callable[[], str]
    ) -> Span | None:
        """Begin the span of a request, or return None if it is not sampled.

        Args:
            name: of the span.
            caller: the span that it comes from.
            tracestate: gives the W3C header of that name; seldom called.
        """
        if caller is None:
            trace_id = random.getrandbits(128)
            if not self._sampler.accepts(trace_id):
                return None
            self._ids.drawn = trace_id
            context = Context()
        else:
            if not (
                caller.sampled
                if self._sampler.follows_caller
                else self._sampler.accepts(int(caller.trace_id, 16))
            ):
                return None
            context = _w3c.extract({"traceparent": caller.traceparent, "tracestate": tracestate()})
        return self._start(name, context, SpanKind.SERVER)

    def begin(
        self,
        name: str,
        parent: Span,
        attributes: Attributes,
        *,
        client: bool = False,
        links: Iterable[Span] = (),
    ) -> Span:
        """Begin a span within another one.

        Args:
            name: of the span.
            parent: the other one.
            attributes: of the span.
            client: whether it is a call to another service.
            links: spans that it has to do with.
        """
        kind = SpanKind.CLIENT if client else SpanKind.INTERNAL
        to = [Link(each._span.get_span_context()) for each in links]
        return self._start(name, parent._context, kind, attributes, to)

    def stop(self, seconds: float) -> None:
        """Send what is left. Blocks for at most that time, whatever the receiver does."""
        # The SDK itself would wait for half a minute.
        flush = threading.Thread(target=self._provider.shutdown, daemon=True)
        flush.start()
        flush.join(seconds)

    def _start(
        self,
        name: str,
        context: Context,
        kind: SpanKind,
        attributes: Attributes | None = None,
        links: Sequence[Link] = (),
    ) -> Span:
        return Span(
            cast("sdk.Span", self._tracer.start_span(name, context, kind, attributes, links))
        )


class _Ids(RandomIdGenerator):
    """The id of a trace was drawn before its first span begins."""

    drawn: int | None = None

    def generate_trace_id(self) -> int:
        drawn, self.drawn = self.drawn, None
        return drawn or super().generate_trace_id()
