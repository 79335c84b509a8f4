"""Sending spans by OTLP over HTTP, and telling why that fails.

OpenTelemetry's exporter logs each batch that it loses, and seldom the reason.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

import requests
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

__all__ = ["REPEAT_SECONDS", "Exporter"]

REPEAT_SECONDS = 600.0
"""A failure that lasts is logged again after this time."""

_log = logging.getLogger(__name__)


class _Session(requests.Session):
    """Remembers why its last request failed."""

    def __init__(self) -> None:
        super().__init__()
        self.failure: str | None = None

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        try:
            response = super().request(*args, **kwargs)
        except Exception as error:
            self.failure = _reason(error)
            raise
        self.failure = f"it answers {response.status_code} {response.reason}".strip()
        return response


class Exporter(SpanExporter):
    """OpenTelemetry's, which reads its variables itself; it logs each reason of a loss once."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """
        Args:
            now: a clock, in seconds.
        """
        self._session = _Session()
        self._exporter = OTLPSpanExporter(session=self._session)
        self._now = now
        self._logged: dict[str, float] = {}
        """When each reason was logged."""
        self._lost = 0
        """Spans since the last line."""
        self._is_known_to_fail = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans; blocks while it tries again."""
        self._session.failure = None
        result = self._exporter.export(spans)
        if result is SpanExportResult.SUCCESS:
            if self._is_known_to_fail:
                _log.warning("spans arrive again; %d were lost", self._lost)
                self._is_known_to_fail, self._lost = False, 0
            return result
        self._lost += len(spans)
        reason = self._session.failure or "they are too large"
        last = self._logged.get(reason)
        if last is None or self._now() - last >= REPEAT_SECONDS:
            self._logged[reason] = self._now()
            self._is_known_to_fail = True
            _log.warning("spans are lost: %s; check OTEL_EXPORTER_OTLP_* and the receiver", reason)
        return result

    def shutdown(self) -> None:
        """Give up what is being tried."""
        self._exporter.shutdown()  # type: ignore[no-untyped-call]


def _reason(error: Exception) -> str:
    """In words that stay the same from one attempt to the next."""
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    cause = error.args[0] if error.args else error
    # Before the last colon there are object addresses.
    return str(getattr(cause, "reason", cause)).rpartition(": ")[2] or type(error).__name__
