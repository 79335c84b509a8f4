from __future__ import annotations

import subprocess
import sys

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import Decision, ParentBased

from environment import SettingsError
from telemetry import SAMPLERS, caller_of, is_wanted, sampler, start

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
RECEIVER = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"}


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
        # The one for traces counts, if both are set.
        (
            {
                "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
                "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf",
                **RECEIVER,
            },
            True,
        ),
        # What others on the machine use does not matter as long as there are no traces.
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, False),
    ],
)
def test_when_traces_are_wanted(variables: dict[str, str], wanted: bool) -> None:
    assert is_wanted(variables) == wanted


@pytest.mark.parametrize(
    ("name", "value", "detail"),
    [
        ("OTEL_TRACES_EXPORTER", "jaeger", "must be one of otlp, none"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "x:4318", "must begin with http:// or https://"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "must be http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json", "must be http/protobuf"),
        ("OTEL_TRACES_SAMPLER", "sometimes", f"must be one of {', '.join(SAMPLERS)}"),
        ("OTEL_TRACES_SAMPLER_ARG", "1%", "must be a number from 0 to 1"),
        ("OTEL_TRACES_SAMPLER_ARG", "2", "must be a number from 0 to 1"),
        ("OTEL_TRACES_SAMPLER_ARG", "nan", "must be a number from 0 to 1"),
    ],
)
def test_a_wrong_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, detail: str
) -> None:
    for variable, given in {
        **RECEIVER, "OTEL_TRACES_SAMPLER": "traceidratio", name: value
    }.items():  # fmt: skip
        monkeypatch.setenv(variable, given)
    with pytest.raises(SettingsError) as error:
        start("x")
    assert str(error.value) == f"{name}='{value}': {detail}"


@pytest.mark.parametrize("name", ["", *SAMPLERS])
@pytest.mark.parametrize("ratio", ["", "0", "0.01", "1"])
def test_a_sampler_decides_as_the_sdks_own(
    monkeypatch: pytest.MonkeyPatch, name: str, ratio: str
) -> None:
    if name:
        monkeypatch.setenv("OTEL_TRACES_SAMPLER", name)
    if ratio:
        monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", ratio)
    theirs, ours = TracerProvider().sampler, sampler()
    assert ours.follows_caller == isinstance(theirs, ParentBased)
    edge = round(0.01 * 2**64)
    for trace_id in (1, edge - 1, edge, 2**63, 2**64 - 1, 2**64 + 1, 2**127 + edge - 1, 2**128 - 1):
        expected = theirs.should_sample(None, trace_id, "x").decision is Decision.RECORD_AND_SAMPLE
        assert ours.accepts(trace_id) == expected, hex(trace_id)


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
