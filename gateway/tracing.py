"""Traces: spans of requests and of the batches that serve them, and the ids in log lines.

They are off unless the `OTEL_*` variables name a receiver. A request is sampled, or not, when it
arrives. For one that is not, as for all while traces are off, every function returns at once.

One batch serves many requests. Its span belongs to the trace of the first sampled one, and it and
the spans of all sampled ones link to each other.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

import telemetry

if TYPE_CHECKING:
    from spans import Attributes, Span, Traces
else:
    Span = object  # for annotations of others

__all__ = [
    "Ids", "Span", "answered", "batch", "count", "current", "failures", "headers", "ids", "is_on",
    "note", "receive", "span", "start", "stop",
]  # fmt: skip

SERVICE = "valence-gateway"
FLUSH_SECONDS = 2.0
FIRST_ERROR_STATUS = 400

_traces: Traces | None = None
_unsampled: dict[str, str] = {}
_span: ContextVar[Span | None] = ContextVar("span", default=None)
_caller: ContextVar[Ids | None] = ContextVar("caller", default=None)
_nothing = nullcontext()

current = _span.get
"""The span of what goes on here: of a request, a batch or a call; None if it is not sampled."""


class Ids(NamedTuple):
    """Of a trace and a span in it, in hexadecimal digits."""

    trace_id: str
    span_id: str


def start() -> None:
    """Switch traces on, if the `OTEL_*` variables want them.

    Raises:
        SettingsError: a variable is wrong.
    """
    global _traces, _unsampled
    _traces = telemetry.start(SERVICE)
    if _traces:
        # Without it the Bento would draw lots for calls that are not sampled here.
        _unsampled = {"traceparent": f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-00"}


def stop() -> None:
    """Switch traces off. Sends what is left, within `FLUSH_SECONDS`."""
    global _traces, _unsampled
    traces, _traces, _unsampled = _traces, None, {}
    if traces:
        traces.stop(FLUSH_SECONDS)


def is_on() -> bool:
    """Whether some requests have spans."""
    return _traces is not None


def ids() -> Ids | None:
    """The trace for logs and exemplars: with the current span, or that of the request's sender if
    it is sampled there and not here."""
    span = _span.get()
    return Ids(span.trace_id, span.span_id) if span else _caller.get()


def receive(
    name: str, traceparent: str | None, tracestate: Callable[[], str], *, traced: bool
) -> Span | None:
    """Begin the span of a request, which becomes the current one. Whoever asks ends it.

    Args:
        name: of the span.
        traceparent: the W3C header that names the sender's span.
        tracestate: gives the W3C header of that name.
        traced: whether such requests have spans.

    Returns:
        None if the request is not sampled.
    """
    caller = telemetry.caller_of(traceparent)
    if _traces and traced and (span := _traces.receive(name, caller, tracestate)):
        _span.set(span)
        return span
    if caller and caller.sampled:
        _caller.set(Ids(caller.trace_id, caller.span_id))
    return None


def span(
    name: str, attributes: Attributes, *, client: bool = False
) -> AbstractContextManager[object]:
    """A span of the length of the block, within the current one.

    Args:
        name: of the span.
        attributes: of the span.
        client: whether it is a call to another service.
    """
    parent = _span.get()
    if parent is None or _traces is None:
        return _nothing
    return _Block(_traces.begin(name, parent, attributes, client=client))


def batch(
    stage: str, size: int, waited: Iterable[tuple[Span | None, float]]
) -> AbstractContextManager[object]:
    """A span of the length of the block, which serves a batch.

    Args:
        stage: what is done with the batch.
        size: its number of items.
        waited: for each item, the span in which it was queued, and the seconds that it waited.
    """
    # The block runs in the context of whatever request happened to start it.
    _span.set(None)
    _caller.set(None)
    if _traces is None:
        return _nothing
    members: dict[Span, float] = {}
    longest = 0.0
    for member, seconds in waited:
        longest = max(longest, seconds)
        if member:
            members.setdefault(member, seconds)
    if not members:
        return _nothing
    attributes = {"valence.batch.size": size, "valence.queue.seconds": longest}
    first = next(iter(members))
    begun = _traces.begin(f"{stage} batch", first, attributes, links=members)
    for member, seconds in members.items():
        member.link(begun)
        member.event(
            f"valence.{stage}", {"valence.batch.size": size, "valence.queue.seconds": seconds}
        )
    return _Block(begun)


def note(attributes: Attributes) -> None:
    """Add attributes to the current span."""
    if span := _span.get():
        span.note(attributes)


def count(name: str, number: int = 1) -> None:
    """Add to a number that is an attribute of the current span."""
    if span := _span.get():
        span.count(name, number)


def answered(status: int, error: str = "") -> None:
    """Note the answer to the HTTP call that is the current span.

    Args:
        status: of the answer.
        error: what the callee calls the error, if there is one.
    """
    if span := _span.get():
        span.note({"http.response.status_code": status})
        if status >= FIRST_ERROR_STATUS:
            span.fail(error or str(status))


def failures(results: Iterable[object]) -> None:
    """Note how many results of the current batch are exceptions."""
    if span := _span.get():
        failed = [result for result in results if isinstance(result, Exception)]
        if failed:
            span.note({"valence.batch.failures": len(failed)})
            span.fail(type(failed[0]).__name__)


def headers() -> dict[str, str]:
    """The W3C headers for a call to another service; none while traces are off."""
    span = _span.get()
    return span.headers() if span else _unsampled


class _Block:
    """Makes a span the current one for the length of the block, and ends it."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def __enter__(self) -> None:
        self._token = _span.set(self._span)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _span.reset(self._token)
        if kind:
            # Never the message, which may quote what a client sent.
            self._span.fail(kind.__name__)
        self._span.end()
