from __future__ import annotations

import subprocess
import sys

import pytest

from environment import SettingsError
from telemetry import SAMPLERS, Caller, caller_of, is_wanted, start

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
RECEIVER = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"}


@pytest.mark.parametrize(
    ("traceparent", "caller"),
    [
        (f"00-{TRACE}-{SPAN}-01", Caller(TRACE, SPAN, sampled=True)),
        (f"00-{TRACE}-{SPAN}-00", Caller(TRACE, SPAN, sampled=False)),
        (f"00-{TRACE}-{SPAN}-03", Caller(TRACE, SPAN, sampled=True)),
        (f"00-{TRACE}-{SPAN}-02", Caller(TRACE, SPAN, sampled=False)),
        (f"cc-{TRACE}-{SPAN}-01", Caller(TRACE, SPAN, sampled=True)),
        (f"cc-{TRACE}-{SPAN}-01-more", Caller(TRACE, SPAN, sampled=True)),
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
def test_the_caller(traceparent: str | None, caller: Caller | None) -> None:
    assert caller_of(traceparent) == caller


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, False),
        (RECEIVER, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://localhost:4318/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", **RECEIVER}, False),
        ({"OTEL_SDK_DISABLED": "true", **RECEIVER}, False),
        ({"OTEL_SDK_DISABLED": "false", **RECEIVER}, True),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", **RECEIVER}, True),
        # What others on the machine use does not matter as long as there are no traces.
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, False),
        ({"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", **RECEIVER}, True),
        ({"OTEL_TRACES_SAMPLER": "always_on", "OTEL_TRACES_SAMPLER_ARG": "x", **RECEIVER}, True),
    ],
)
def test_when_traces_are_wanted(variables: dict[str, str], wanted: bool) -> None:
    assert is_wanted(variables) == wanted


@pytest.mark.parametrize(
    ("name", "value", "detail"),
    [
        ("OTEL_TRACES_EXPORTER", "jaeger", "must be one of otlp, none"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "must be http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json", "must be http/protobuf"),
        ("OTEL_TRACES_SAMPLER", "sometimes", f"must be one of {', '.join(SAMPLERS)}"),
        ("OTEL_TRACES_SAMPLER_ARG", "1%", "must be a number from 0 to 1"),
        ("OTEL_TRACES_SAMPLER_ARG", "2", "must be a number from 0 to 1"),
        ("OTEL_TRACES_SAMPLER_ARG", "nan", "must be a number from 0 to 1"),
    ],
)
def test_a_wrong_variable_is_named(name: str, value: str, detail: str) -> None:
    variables = {**RECEIVER, "OTEL_TRACES_SAMPLER": "traceidratio", name: value}
    with pytest.raises(SettingsError) as error:
        is_wanted(variables)
    assert str(error.value) == f"{name}='{value}': {detail}"


def test_what_the_sdk_refuses_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318")
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "-1")
    with pytest.raises(SettingsError, match=r"^OTEL_\*: max_queue_size must be a positive integer"):
        start("x")


def test_without_traces_nothing_of_them_is_imported() -> None:
    code = """
import sys, gateway.__main__
from gateway import tracing
tracing.start()
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
