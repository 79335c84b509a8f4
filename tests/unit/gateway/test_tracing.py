"""The gateway's traces, as a receiver gets them."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Sequence

import pytest

from gateway import tracing
from gateway.coalescer import Coalescer
from gateway.errors import UnavailableError
from tests.support.otlp import Receiver
from tests.support.traces import Sender, children


def receive(sender: Sender, *, traced: bool = True) -> tracing.Span | None:
    return tracing.receive("GET", sender.headers["traceparent"], lambda: "", traced=traced)


async def request(sender: Sender, work: Callable[[], Awaitable[object]]) -> object:
    """Do the work of a request, in a context of its own as the server does."""

    async def respond() -> object:
        span = receive(sender)
        try:
            return await work()
        finally:
            if span:
                span.end()

    return await asyncio.create_task(respond())


async def test_comments_that_share_a_batch_link_to_it(traces: Receiver) -> None:
    async def call(items: Sequence[int]) -> Sequence[int | Exception]:
        return [ValueError() if item < 0 else item for item in items]

    coalescer = Coalescer(call, max_batch=10, max_queue=10, max_wait=60, stage="classify")
    senders = [Sender(), Sender(sampled=False), Sender()]
    items = iter((1, 2, -3))
    results = await asyncio.gather(
        *(request(sender, lambda: coalescer.submit(next(items))) for sender in senders),
        return_exceptions=True,
    )
    assert results[:2] == [1, 2]
    tracing.stop()
    spans = traces.spans()
    [batch] = [span for span in spans if span.name == "classify batch"]
    first, last = (
        next(span for span in spans if span.trace_id == sender.trace_id and span.kind == "server")
        for sender in (senders[0], senders[2])
    )
    assert len(spans) == 3
    assert batch.parent_id == first.span_id
    assert batch.links == {first.span_id, last.span_id}
    assert first.links == last.links == {batch.span_id}
    assert batch.attributes["valence.batch.size"] == 3
    assert (batch.attributes["valence.batch.failures"], batch.failed) == (1, True)
    assert batch.attributes["error.type"] == "ValueError"
    for span in (first, last):
        [event] = span.events
        assert event.name == "valence.classify"
        assert event.attributes["valence.batch.size"] == 3
        assert event.attributes["valence.queue.seconds"] >= 0


async def test_a_batch_without_sampled_comments_has_no_span(traces: Receiver) -> None:
    """Not even if a sampled request made it start."""
    seen: list[tuple[tracing.Span | None, tracing.Ids | None]] = []

    async def call(items: Sequence[int]) -> Sequence[int]:
        seen.append((tracing.current(), tracing.ids()))
        return items

    coalescer = Coalescer(call, max_batch=1, max_queue=10, max_wait=60)
    await asyncio.gather(
        request(Sender(), lambda: coalescer.submit(1)),
        request(Sender(sampled=False), lambda: coalescer.submit(2)),
    )
    assert [span is not None for span, _ in seen] == [True, False]
    assert [ids is not None for _, ids in seen] == [True, False]
    tracing.stop()
    assert [span.name for span in traces.spans()].count("call batch") == 1


async def test_a_batch_that_raises_fails(traces: Receiver) -> None:
    async def call(items: Sequence[int]) -> Sequence[int]:
        with tracing.span("inner", {}, client=True):
            raise UnavailableError(f"a message with {items}")

    coalescer = Coalescer(call, max_batch=1, max_queue=10, max_wait=60)
    with pytest.raises(UnavailableError):
        await request(Sender(), lambda: coalescer.submit(1))
    tracing.stop()
    sent = {span.name: span for span in traces.spans()}
    for name in ("call batch", "inner"):
        assert (sent[name].failed, sent[name].attributes["error.type"]) == (
            True, "UnavailableError",
        )  # fmt: skip
        assert sent[name].status_message == ""
    assert children(sent.values(), sent["call batch"]) == [sent["inner"]]
    assert [event.name for event in sent["GET"].events] == ["valence.call"]


def test_the_ids(traces: Receiver) -> None:
    def ids(sender: Sender, *, traced: bool = True) -> tuple[tracing.Ids | None, str]:
        span = receive(sender, traced=traced)
        return tracing.ids(), span.span_id if span else ""

    sender = Sender()
    assert traces
    in_request, span_id = contextvars.copy_context().run(ids, sender)
    assert in_request == (sender.trace_id, span_id)
    # The sender's own, where there is no span here.
    assert contextvars.copy_context().run(ids, sender, traced=False) == (
        (sender.trace_id, sender.span_id), "",
    )  # fmt: skip
    assert contextvars.copy_context().run(ids, Sender(sampled=False)) == (None, "")
    assert tracing.ids() is None


def test_calls_without_a_span_tell_that_they_are_not_sampled(traces: Receiver) -> None:
    assert traces
    headers = tracing.headers()
    assert headers.keys() == {"traceparent"}
    assert headers["traceparent"].endswith("-00")
    assert tracing.headers() == headers
    tracing.stop()
    assert tracing.headers() == {}


def test_without_traces_nothing_happens() -> None:
    def check() -> None:
        sender = Sender()
        assert receive(sender) is None
        assert tracing.ids() == (sender.trace_id, sender.span_id)
        with tracing.span("x", {"a": 1}), tracing.batch("x", 1, iter([(None, 0.0)])):
            assert tracing.current() is None
        tracing.note({"a": 1})
        tracing.count("a")
        tracing.answered(500)
        tracing.failures([ValueError()])
        assert tracing.headers() == {}

    assert not tracing.is_on()
    contextvars.copy_context().run(check)
