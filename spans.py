"""Spans of OpenTelemetry, sent to a receiver by OTLP over HTTP.

OpenTelemetry's SDK queues, encodes and sends them, and reads the variables for that:
https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables
They are made here: the five spans of a comment take 40 µs, and with the SDK's tracer 160.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import (
    Link,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
)

from span_export import Exporter
from telemetry import Caller
from telemetry_variables import Sampler

__all__ = ["Attributes", "Span", "Traces"]

Value = str | int | float | Sequence[str]
Attributes = Mapping[str, Value]
"""By the semantic conventions: https://opentelemetry.io/docs/specs/semconv. Never a comment, a
token or a key."""

ERROR_TYPE = "error.type"

_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_SCOPE = InstrumentationScope("valence")
_UNSET, _ERROR = Status(StatusCode.UNSET), Status(StatusCode.ERROR)
_NO_STATE = TraceState()


class Span:
    """A span that will be sent. After its end it ignores everything."""

    __slots__ = (
        "_attributes",
        "_context",
        "_events",
        "_has_ended",
        "_kind",
        "_links",
        "_name",
        "_parent",
        "_start",
        "_traces",
    )

    def __init__(
        self,
        traces: Traces,
        name: str,
        kind: SpanKind,
        context: SpanContext,
        parent: SpanContext | None,
        attributes: Attributes,
    ) -> None:
        """See `Traces`, which begins spans."""
        self._traces = traces
        self._name = name
        self._kind = kind
        self._context = context
        self._parent = parent
        self._attributes: dict[str, Value] = {**attributes}
        self._events: list[Event] = []
        self._links: list[Link] = []
        self._has_ended = False
        self._start = time.time_ns()

    @property
    def trace_id(self) -> str:
        """Of its trace, in hexadecimal digits."""
        return f"{self._context.trace_id:032x}"

    @property
    def span_id(self) -> str:
        """Its own, in hexadecimal digits."""
        return f"{self._context.span_id:016x}"

    def headers(self) -> dict[str, str]:
        """The W3C headers that tell a callee of it."""
        headers = {"traceparent": f"00-{self.trace_id}-{self.span_id}-01"}
        if state := self._context.trace_state:
            headers["tracestate"] = state.to_header()
        return headers

    def note(self, attributes: Attributes) -> None:
        """Add attributes."""
        if not self._has_ended:
            self._attributes.update(attributes)

    def count(self, name: str, number: int) -> None:
        """Add to an attribute that is an integer."""
        before = self._attributes.get(name, 0)
        assert isinstance(before, int)  # noqa: S101
        self.note({name: before + number})

    def event(self, name: str, attributes: Attributes) -> None:
        """Note that something happens now."""
        if not self._has_ended:
            self._events.append(Event(name, attributes))

    def link(self, other: Span) -> None:
        """Note that it has to do with another span."""
        if not self._has_ended:
            self._links.append(Link(other._context))

    def fail(self, error: str) -> None:
        """Note the type of what went wrong; the first one counts."""
        if not self._has_ended:
            self._attributes.setdefault(ERROR_TYPE, error)

    def end(self, name: str | None = None) -> None:
        """
        Args:
            name: replaces the first one.
        """
        if self._has_ended:
            return
        self._has_ended = True
        self._traces.send(
            ReadableSpan(
                name=name or self._name,
                context=self._context,
                parent=self._parent,
                resource=self._traces.resource,
                attributes=self._attributes,
                events=self._events,
                links=self._links,
                kind=self._kind,
                status=_ERROR if ERROR_TYPE in self._attributes else _UNSET,
                start_time=self._start,
                end_time=time.time_ns(),
                instrumentation_scope=_SCOPE,
            )
        )


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
        self.resource = named
        """What all spans say about the process."""
        self._sampler = sampler
        self._processor = BatchSpanProcessor(Exporter())
        self.send = self._processor.on_end
        """Queues a span that has ended."""

    def receive(
        self, name: str, caller: Caller | None, tracestate: Callable[[], str]
    ) -> Span | None:
        """Begin the span of a request, or return None if it is not sampled.

        Args:
            name: of the span.
            caller: the span that the request comes from.
            tracestate: gives the W3C header of that name; seldom called.
        """
        parent = None
        state = _NO_STATE
        if caller is None:
            trace_id = random.getrandbits(128) or 1
            is_sampled = self._sampler.accepts(trace_id)
        else:
            trace_id = int(caller.trace_id, 16)
            follows = self._sampler.follows_caller
            is_sampled = caller.sampled if follows else self._sampler.accepts(trace_id)
        if not is_sampled:
            return None
        if caller:
            state = TraceState.from_header([tracestate()])
            parent = SpanContext(trace_id, int(caller.span_id, 16), True, _SAMPLED, state)
        return Span(self, name, SpanKind.SERVER, _context(trace_id, state), parent, {})

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
        outer = parent._context
        inner = _context(outer.trace_id, outer.trace_state)
        kind = SpanKind.CLIENT if client else SpanKind.INTERNAL
        span = Span(self, name, kind, inner, outer, attributes)
        for each in links:
            span.link(each)
        return span

    def stop(self, seconds: float) -> None:
        """Send what is left. Blocks for at most that time, whatever the receiver does."""
        # The SDK itself would wait for half a minute.
        flush = threading.Thread(target=self._processor.shutdown, daemon=True)
        flush.start()
        flush.join(seconds)


def _context(trace_id: int, state: TraceState) -> SpanContext:
    """Of a new span."""
    return SpanContext(trace_id, random.getrandbits(64) or 1, False, _SAMPLED, state)
