from __future__ import annotations

import subprocess
import sys

import pytest

from telemetry import caller_of, start

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.mark.parametrize(
    ("traceparent", "expected"),
    [
        (f"00-{TRACE}-{SPAN}-01", (TRACE, SPAN, True)),
        (f"00-{TRACE}-{SPAN}-00", (TRACE, SPAN, False)),
        (f"00-{TRACE}-{SPAN}-03", (TRACE, SPAN, True)),
        (f"00-{TRACE}-{SPAN}-02", (TRACE, SPAN, False)),
        (f"cc-{TRACE}-{SPAN}-01", (TRACE, SPAN, True)),
        (f"cc-{TRACE}-{SPAN}-01-more", (TRACE, SPAN, True)),
        (f"00-{TRACE}-{SPAN}-01-more", None),
        (f"ff-{TRACE}-{SPAN}-01", None),
        (f"00-{TRACE.upper()}-{SPAN}-01", None),
        (f"00-{'0' * 32}-{SPAN}-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE}-{SPAN}", None),
        (f"00-{TRACE}-{SPAN}-01\n", None),
        ("", None),
        (None, None),
    ],
)
def test_the_caller(traceparent: str | None, expected: tuple[str, str, bool] | None) -> None:
    caller = caller_of(traceparent)
    assert caller == (None if expected is None else (*expected, traceparent))


def test_empty_variables_count_as_unset(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318")
    for name in ("BSP_MAX_QUEUE_SIZE", "EXPORTER_OTLP_HEADERS", "EXPORTER_OTLP_TIMEOUT"):
        monkeypatch.setenv(f"OTEL_{name}", "")
    traces = start("x")
    assert traces
    traces.stop(5)
    assert caplog.messages == []


def test_without_traces_nothing_of_them_is_imported() -> None:
    code = """
import sys, gateway.__main__
from gateway import tracing
tracing.start()
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
