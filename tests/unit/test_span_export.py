"""What is logged of spans that do not arrive."""

from __future__ import annotations

import logging

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, TraceFlags

from processes import free_port
from span_export import REPEAT_SECONDS, Exporter
from tests.support.otlp import receiver


class Clock:
    """A clock that stands still."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails is not tried again."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.5")


@pytest.fixture(autouse=True)
def as_configured(caplog: pytest.LogCaptureFixture) -> None:
    """The exporter's own lines are not logged."""
    caplog.set_level(logging.CRITICAL, "opentelemetry.exporter")
    caplog.set_level(logging.WARNING, "span_export")


def export(exporter: Exporter) -> None:
    """Export a span."""
    context = SpanContext(1, 1, False, TraceFlags(TraceFlags.SAMPLED))
    exporter.export([ReadableSpan("GET", context, start_time=1, end_time=2)])


def test_a_reason_is_logged_once_until_it_is_old(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    line = (
        "spans are lost: [Errno 111] Connection refused; check OTEL_EXPORTER_OTLP_* and the"
        " receiver"
    )
    clock = Clock()
    exporter = Exporter(clock)
    for _ in range(2):
        export(exporter)
    assert caplog.messages == [line]
    clock.now = REPEAT_SECONDS
    export(exporter)
    assert caplog.messages == [line, line]


def test_what_the_receiver_answers_is_logged_and_so_is_its_recovery(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with receiver() as received:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", received.url)
        exporter = Exporter(Clock())
        received.status = 401
        for _ in range(2):
            export(exporter)
        received.status = 200
        for _ in range(2):
            export(exporter)
    failed, again = caplog.messages
    assert failed.startswith("spans are lost: it answers 401 Unauthorized;")
    assert again == "spans arrive again; 2 were lost"


def test_silence_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with receiver() as received:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", received.url)
        received.open.clear()
        export(Exporter(Clock()))
    [line] = caplog.messages
    assert line.startswith("spans are lost: no answer in time;")
