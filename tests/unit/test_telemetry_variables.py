from __future__ import annotations

import os
from pathlib import Path

import pytest
import trustme
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import Decision, ParentBased

from environment import SettingsError
from telemetry_variables import SAMPLERS, are_wanted, check, sampler

RECEIVER = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"}


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
    ],
)
def test_when_traces_are_wanted(variables: dict[str, str], wanted: bool) -> None:
    assert are_wanted(variables) == wanted


@pytest.mark.parametrize(
    ("name", "value", "detail"),
    [
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "x:4318", "must be a URL like "),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://", "must be a URL like "),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://x:port", "must be a URL like "),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "must be http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json", "must be http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon", "must be a number"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "0", "must be at least 0.001"),
        # The specification's default, in milliseconds.
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "10000", "must be at most 3600"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zip", "must be one of deflate, gzip, none"),
        ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "zip", "must be one of deflate, gzip, none"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere", "No such file or directory"),
        ("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", __file__, "no certificate"),
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", __file__, "no certificate"),
        ("OTEL_BSP_SCHEDULE_DELAY", "5s", "must be a whole number"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "0", "must be at least 1"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "-1", "must be at least 1"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4096", "must be at most OTEL_BSP_MAX_QUEUE_SIZE, wh"),
        ("OTEL_PROPAGATORS", "b3", "must have tracecontext"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "abc", "must be a whole number"),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "-1", "must be at least 0"),
        ("OTEL_SDK_DISABLED", "yes", "must be one of false, true"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str, detail: str) -> None:
    with pytest.raises(SettingsError) as error:
        check({**RECEIVER, name: value})
    assert str(error.value).startswith(f"{name}={value!r}: {detail}")


@pytest.mark.parametrize(
    "name", ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"]
)
@pytest.mark.parametrize(
    "value", ["secret", "=secret", "a b=secret", "key=secret%0Aa", "key=secret…"]
)
def test_a_wrong_header_is_named_and_not_told(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as error:
        check({**RECEIVER, name: f"fine=1, {value}"})
    assert str(error.value) == f"{name}: entry 2 must be NAME=VALUE, URL-encoded"


def test_a_wrong_attribute_is_named() -> None:
    with pytest.raises(SettingsError, match=r"^OTEL_RESOURCE_ATTRIBUTES: entry 2 must be .*'pod'$"):
        check({**RECEIVER, "OTEL_RESOURCE_ATTRIBUTES": "a=b,pod"})


def test_a_key_of_another_certificate_is_named(tmp_path: Path) -> None:
    authority = trustme.CA()
    names = []
    for host in ("one.example", "two.example"):
        pair = authority.issue_cert(host)
        files = tmp_path / f"{host}.pem", tmp_path / f"{host}.key"
        pair.cert_chain_pems[0].write_to_path(files[0])
        pair.private_key_pem.write_to_path(files[1])
        names.append([str(file) for file in files])
    (certificate, key), (_, other) = names
    prefix = "OTEL_EXPORTER_OTLP_CLIENT_"
    check({**RECEIVER, f"{prefix}CERTIFICATE": certificate, f"{prefix}KEY": key})
    with pytest.raises(SettingsError) as error:
        check({**RECEIVER, f"{prefix}CERTIFICATE": certificate, f"{prefix}KEY": other})
    assert str(error.value).startswith(f"{prefix}CERTIFICATE='{certificate}': ")
    assert str(error.value).endswith(f"or {other} is not its key")


def test_all_that_the_specification_has_is_accepted() -> None:
    check(
        {
            **RECEIVER,
            "OTEL_EXPORTER_OTLP_HEADERS": "Api-Key=a%3Db==, other = x ,",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "2.5",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "GZIP",
            "OTEL_EXPORTER_OTLP_CERTIFICATE": "",
            "OTEL_BSP_MAX_QUEUE_SIZE": " 100 ",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "100",
            "OTEL_PROPAGATORS": "baggage, tracecontext",
            "OTEL_RESOURCE_ATTRIBUTES": "service.name=x,k8s.pod.name=a=b",
        }
    )


@pytest.mark.parametrize(
    ("name", "value", "detail"),
    [
        ("OTEL_TRACES_SAMPLER", "sometimes", f"must be one of {', '.join(SAMPLERS)}"),
        ("OTEL_TRACES_SAMPLER_ARG", "1%", "must be a number from 0 to 1"),
        ("OTEL_TRACES_SAMPLER_ARG", "2", "must be a number from 0 to 1"),
        ("OTEL_TRACES_SAMPLER_ARG", "nan", "must be a number from 0 to 1"),
    ],
)
def test_a_wrong_sampler_is_named(name: str, value: str, detail: str) -> None:
    with pytest.raises(SettingsError) as error:
        sampler({"OTEL_TRACES_SAMPLER": "traceidratio", name: value})
    assert str(error.value) == f"{name}='{value}': {detail}"


def test_an_unknown_exporter_is_named() -> None:
    with pytest.raises(SettingsError) as error:
        are_wanted({"OTEL_TRACES_EXPORTER": "jaeger"})
    assert str(error.value) == "OTEL_TRACES_EXPORTER='jaeger': must be one of otlp, none"


@pytest.mark.parametrize("name", ["", *SAMPLERS])
@pytest.mark.parametrize("ratio", ["", "0", "0.01", "1"])
def test_a_sampler_decides_as_the_sdks_own(
    monkeypatch: pytest.MonkeyPatch, name: str, ratio: str
) -> None:
    if name:
        monkeypatch.setenv("OTEL_TRACES_SAMPLER", name)
    if ratio:
        monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", ratio)
    theirs, ours = TracerProvider().sampler, sampler(os.environ)
    assert ours.follows_caller == isinstance(theirs, ParentBased)
    edge = round(0.01 * 2**64)
    for trace_id in (1, edge - 1, edge, 2**63, 2**64 - 1, 2**64 + 1, 2**127 + edge - 1, 2**128 - 1):
        expected = theirs.should_sample(None, trace_id, "x").decision is Decision.RECORD_AND_SAMPLE
        assert ours.accepts(trace_id) == expected, hex(trace_id)


def test_of_two_protocols_the_one_for_traces_counts() -> None:
    protocol = {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    check({**RECEIVER, **protocol, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"})
