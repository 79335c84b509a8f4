"""Spans, as a receiver gets them."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import pytest

import telemetry
import telemetry_variables
from spans import Span, Traces
from tests.support.otlp import Receiver, receiver
from tests.support.traces import Sender


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiver() as received:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", received.url)
        yield received


def begin(traces: Traces, sender: Sender | None = None) -> Span | None:
    headers = sender.headers if sender else {}
    caller = telemetry.caller_of(headers.get("traceparent"))
    return traces.receive("GET", caller, lambda: headers.get("tracestate", ""))


@pytest.mark.usefixtures("received")
@pytest.mark.parametrize(
    ("sampler", "ratio", "alone", "sampled", "unsampled"),
    [
        ("", "", True, True, False),
        ("always_on", "", True, True, True),
        ("always_off", "", False, False, False),
        ("parentbased_always_off", "", False, True, False),
        ("parentbased_traceidratio", "0", False, True, False),
        ("parentbased_traceidratio", "1", True, True, False),
        ("traceidratio", "0", False, False, False),
        ("traceidratio", "1", True, True, True),
    ],
)
def test_the_sampler_decides(
    monkeypatch: pytest.MonkeyPatch,
    sampler: str,
    ratio: str,
    alone: bool,
    sampled: bool,
    unsampled: bool,
) -> None:
    if sampler:
        monkeypatch.setenv("OTEL_TRACES_SAMPLER", sampler)
        monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", ratio)
    traces = Traces("x", telemetry_variables.sampler(os.environ))
    begun = [begin(traces), begin(traces, Sender()), begin(traces, Sender(sampled=False))]
    assert [span is not None for span in begun] == [alone, sampled, unsampled]
    traces.stop(5)


@pytest.mark.usefixtures("received")
def test_a_share_of_the_requests_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.1")
    traces = Traces("x", telemetry_variables.sampler(os.environ))
    spans = [span for _ in range(10_000) if (span := begin(traces))]
    # Ten standard deviations.
    assert 700 < len(spans) < 1_300
    assert len({span.trace_id for span in spans}) == len(spans)
    traces.stop(5)


def test_a_span_arrives_with_all_that_was_noted(received: Receiver) -> None:
    traces = Traces("x", telemetry_variables.sampler(os.environ))
    parent = begin(traces)
    assert parent
    child = traces.begin("call", parent, {"a": 1}, client=True, links=[parent])
    child.note({"b": "two"})
    child.count("c", 1)
    child.count("c", 2)
    child.fail("first")
    child.fail("second")
    child.end()
    parent.link(child)
    parent.event("happened", {"d": True})
    parent.end("GET /here")
    traces.stop(5)
    sent = {span.name: span for span in received.spans()}
    assert sent.keys() == {"call", "GET /here"}
    assert sent["call"].attributes == {"a": 1, "b": "two", "c": 3, "error.type": "first"}
    assert (sent["call"].kind, sent["call"].failed) == ("client", True)
    assert sent["call"].parent_id == parent.span_id
    assert sent["call"].links == {parent.span_id}
    assert (sent["GET /here"].kind, sent["GET /here"].failed) == ("server", False)
    assert sent["GET /here"].links == {child.span_id}
    assert [(event.name, event.attributes) for event in sent["GET /here"].events] == [
        ("happened", {"d": True})
    ]


def test_after_its_end_a_span_ignores_everything(
    received: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    traces = Traces("x", telemetry_variables.sampler(os.environ))
    span = begin(traces)
    assert span
    span.end()
    with caplog.at_level(logging.DEBUG, "opentelemetry"):
        span.note({"a": 1})
        span.count("b", 1)
        span.event("c", {})
        span.link(span)
        span.fail("d")
    assert caplog.messages == []
    traces.stop(5)
    [sent] = received.spans()
    assert (sent.attributes, sent.events, sent.links, sent.failed) == ({}, [], set(), False)


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({}, "ours"),
        ({"OTEL_SERVICE_NAME": "theirs"}, "theirs"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=theirs,k8s.pod.name=a"}, "theirs"),
    ],
)
def test_the_variables_name_the_service(
    received: Receiver, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], name: str
) -> None:
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    traces = Traces("ours", telemetry_variables.sampler(os.environ))
    span = begin(traces)
    assert span
    span.end()
    traces.stop(5)
    [sent] = received.spans()
    assert sent.service == name
    if "k8s" in str(variables):
        assert sent.resource["k8s.pod.name"] == "a"


def test_the_headers_for_a_callee(received: Receiver) -> None:
    assert received
    traces = Traces("x", telemetry_variables.sampler(os.environ))
    sender = Sender()
    span = begin(traces, sender)
    assert span
    assert span.headers() == {
        "traceparent": f"00-{sender.trace_id}-{span.span_id}-01",
        "tracestate": sender.headers["tracestate"],
    }
    traces.stop(5)
