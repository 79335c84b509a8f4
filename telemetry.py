"""Whether traces are wanted, by OpenTelemetry's standard variables; the W3C header `traceparent`.

Nothing of OpenTelemetry is imported here, so that a process without traces pays nothing for them.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from environment import SettingsError

if TYPE_CHECKING:
    from spans import Traces

__all__ = ["Caller", "Sampler", "caller_of", "is_wanted", "sampler", "start"]

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
PROTOCOL = "http/protobuf"
RATIO = "traceidratio"
ROOT_SAMPLERS = ("always_on", "always_off", RATIO)
PARENT_BASED = "parentbased_"
SAMPLERS = (*ROOT_SAMPLERS, *(f"{PARENT_BASED}{name}" for name in ROOT_SAMPLERS))

# https://www.w3.org/TR/trace-context/#traceparent-header
_TRACEPARENT = re.compile(
    r"([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?"
)
_SAMPLED = 1


_LOW_BITS = 2**64 - 1


class Sampler(NamedTuple):
    """Which traces are sent: what `OTEL_TRACES_SAMPLER` means, as OpenTelemetry's SDK understands
    it. The SDK's own samplers take 1.2 µs for each request, this one 0.2."""

    follows_caller: bool
    """Whether a caller's decision prevails."""
    bound: int
    """Trace ids whose lower 64 bits are less are sampled, so that all services sample the same."""

    def accepts(self, trace_id: int) -> bool:
        """Whether the trace is sampled, if its caller does not decide."""
        return trace_id & _LOW_BITS < self.bound


class Caller(NamedTuple):
    """The span that a `traceparent` names, and whether it is sampled."""

    trace_id: str
    span_id: str
    sampled: bool
    traceparent: str


def caller_of(traceparent: str | None) -> Caller | None:
    """The caller's span; None if the header is missing or is not valid."""
    if not (traceparent and (match := _TRACEPARENT.fullmatch(traceparent))):
        return None
    version, trace_id, span_id, flags, more = match.groups()
    # Later versions may have more.
    if version == "ff" or (version == "00" and more):
        return None
    return Caller(trace_id, span_id, bool(int(flags, 16) & _SAMPLED), traceparent)


def is_wanted(variables: Mapping[str, str] = os.environ) -> bool:
    """Whether spans are to be sent: `OTEL_TRACES_EXPORTER` says so, or a receiver is named.

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
    # The first that is set counts.
    for name in PROTOCOLS:
        if protocol := _value(variables, name):
            if protocol != PROTOCOL:
                raise SettingsError(f"{name}={protocol!r}: must be {PROTOCOL}")
            break
    for name in ENDPOINTS:
        endpoint = _value(variables, name)
        if endpoint and not endpoint.startswith(("http://", "https://")):
            raise SettingsError(f"{name}={endpoint!r}: must begin with http:// or https://")
    return True


def sampler(variables: Mapping[str, str] = os.environ) -> Sampler:
    """The sampler that is asked for; by default all is sampled that a caller does not exclude.

    Raises:
        SettingsError: there is no such sampler. OpenTelemetry's SDK would warn, and sample all.
    """
    name = _value(variables, "OTEL_TRACES_SAMPLER") or SAMPLERS[len(ROOT_SAMPLERS)]
    if name not in SAMPLERS:
        raise SettingsError(f"OTEL_TRACES_SAMPLER={name!r}: must be one of {', '.join(SAMPLERS)}")
    follows_caller = name.startswith(PARENT_BASED)
    root = name.removeprefix(PARENT_BASED)
    share = _ratio(variables) if root == RATIO else float(root == "always_on")
    return Sampler(follows_caller, round(share * (_LOW_BITS + 1)))


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
        return Traces(service, sampler())
    except ValueError as error:
        raise SettingsError(f"OTEL_*: {error}") from None


def _value(variables: Mapping[str, str], name: str) -> str:
    return variables.get(name, "").strip().lower()


def _ratio(variables: Mapping[str, str]) -> float:
    ratio = _value(variables, "OTEL_TRACES_SAMPLER_ARG") or "1"
    with contextlib.suppress(ValueError):
        if 0 <= float(ratio) <= 1:
            return float(ratio)
    raise SettingsError(f"OTEL_TRACES_SAMPLER_ARG={ratio!r}: must be a number from 0 to 1")
