"""The switch of traces, and the W3C header `traceparent`.

Nothing of OpenTelemetry is imported here, so that a process without traces pays nothing for them.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

import telemetry_variables
from environment import SettingsError

if TYPE_CHECKING:
    from spans import Traces

__all__ = ["Caller", "caller_of", "start"]

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


def start(service: str) -> Traces | None:
    """Begin to send spans, if they are wanted.

    Args:
        service: its name, unless a variable gives it another one.

    Raises:
        SettingsError: a variable is wrong.
    """
    if not telemetry_variables.are_wanted(os.environ):
        return None
    telemetry_variables.check(os.environ)
    sampler = telemetry_variables.sampler(os.environ)
    for name in [name for name, value in os.environ.items() if not value.strip()]:
        # An empty value counts as unset. The SDK takes some for wrong ones.
        if name.startswith("OTEL_"):
            del os.environ[name]
    from spans import Traces

    try:
        return Traces(service, sampler)
    except ValueError as error:
        raise SettingsError(f"OTEL_*: {error}") from None
