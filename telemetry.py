"""Whether traces are wanted, by OpenTelemetry's standard variables; the W3C header `traceparent`.

Nothing of OpenTelemetry is imported here, so that a process without traces pays nothing for them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from environment import SettingsError

if TYPE_CHECKING:
    from spans import Traces

__all__ = ["Caller", "caller_of", "is_wanted", "start"]

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
PROTOCOL = "http/protobuf"
ROOT_SAMPLERS = ("always_on", "always_off", "traceidratio")
SAMPLERS = (*ROOT_SAMPLERS, *(f"parentbased_{name}" for name in ROOT_SAMPLERS))

# https://www.w3.org/TR/trace-context/#traceparent-header
_TRACEPARENT = re.compile(
    r"([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?"
)
_SAMPLED = 1


class Caller(NamedTuple):
    """The span that a `traceparent` names, and whether it is sampled."""

    trace_id: str
    span_id: str
    sampled: bool


def caller_of(traceparent: str | None) -> Caller | None:
    """The caller's span; None if the header is missing or is not valid."""
    if not (traceparent and (match := _TRACEPARENT.fullmatch(traceparent))):
        return None
    version, trace_id, span_id, flags, more = match.groups()
    # Later versions may have more.
    if version == "ff" or (version == "00" and more):
        return None
    return Caller(trace_id, span_id, bool(int(flags, 16) & _SAMPLED))


def is_wanted(variables: Mapping[str, str] = os.environ) -> bool:
    """Whether spans are to be sent: `OTEL_TRACES_EXPORTER` says so, or a receiver is named.

    The other variables are for OpenTelemetry's SDK, which only warns of wrong values. With a wrong
    sampler it would sample everything, so that is refused here.

    Raises:
        SettingsError: a variable asks for what there is not.
    """
    exporter = _value(variables, "OTEL_TRACES_EXPORTER")
    if _value(variables, "OTEL_SDK_DISABLED") == "true" or exporter == "none":
        return False
    if exporter not in {"", "otlp"}:
        raise SettingsError(f"OTEL_TRACES_EXPORTER={exporter!r}: must be one of otlp, none")
    if not exporter and not any(_value(variables, name) for name in ENDPOINTS):
        return False
    for name in PROTOCOLS:
        if (protocol := _value(variables, name)) not in {"", PROTOCOL}:
            raise SettingsError(f"{name}={protocol!r}: must be {PROTOCOL}")
    sampler = _value(variables, "OTEL_TRACES_SAMPLER")
    if sampler and sampler not in SAMPLERS:
        raise SettingsError(
            f"OTEL_TRACES_SAMPLER={sampler!r}: must be one of {', '.join(SAMPLERS)}"
        )
    ratio = _value(variables, "OTEL_TRACES_SAMPLER_ARG")
    if sampler.endswith("ratio") and ratio and not _is_share(ratio):
        raise SettingsError(f"OTEL_TRACES_SAMPLER_ARG={ratio!r}: must be a number from 0 to 1")
    return True


def start(service: str) -> Traces | None:
    """Begin to send spans, if they are wanted.

    Args:
        service: its name, unless a variable gives it another one.

    Raises:
        SettingsError: a variable is wrong.
    """
    if not is_wanted():
        return None
    from spans import Traces

    try:
        return Traces(service)
    except ValueError as error:
        raise SettingsError(f"OTEL_*: {error}") from None


def _value(variables: Mapping[str, str], name: str) -> str:
    return variables.get(name, "").strip().lower()


def _is_share(number: str) -> bool:
    try:
        return 0 <= float(number) <= 1
    except ValueError:
        return False
