"""Timed calls of the ledger's routes, over one connection."""

from __future__ import annotations

import datetime as dt
import http.client
import time
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

import msgspec

from loadtest.errors import LoadTestError
from loadtest.ledger.fill import DAYS, MODELS
from loadtest.ledger.result import Timing

TIMEOUT_SECONDS = 60
PAGE_RECORDS = 100
CALLS = 50
READ_BYTES = 1 << 20

Query = Mapping[str, str]


def page_queries(now: dt.datetime) -> dict[str, Query]:
    """The filters that are measured, by name; the last one has no records."""
    old, new = MODELS
    week = {"from": _day(now, 27), "to": _day(now, 20)}
    return {
        "all": {},
        "negative": {"sentiment": "negative"},
        "low confidence": {"confidence": "low"},
        "to be corrected": {"confidence": "low", "corrected": "false"},
        "corrected": {"corrected": "true"},
        "of the older model": {"model": old},
        "negative, of one week": {"sentiment": "negative", **week},
        "all filters, of one week": {
            "sentiment": "positive",
            "confidence": "high",
            "corrected": "false",
            "model": old,
            **week,
        },
        "corrected, positive, low, of the newer model": {
            "corrected": "true",
            "sentiment": "positive",
            "confidence": "low",
            "model": new,
        },
        "the newer model, in the week of the older": {"model": new, **week},
        "corrected, of the newer model, in that week": {"corrected": "true", "model": new, **week},
    }


def count_queries(now: dt.datetime) -> dict[str, Query]:
    """The statistics that are measured, by name."""
    return {
        "a day by hour": {"from": _day(now, 2), "to": _day(now, 1), "by": "hour"},
        f"{DAYS} days by day": {"from": _day(now, DAYS), "to": _day(now, 0), "by": "day"},
    }


class Caller:
    """One client of a gateway at a base URL."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port or 80)
        self._connection = http.client.HTTPConnection(*self._address, timeout=TIMEOUT_SECONDS)

    def pages(self, name: str, query: Query) -> Timing:
        """Pages of a filter, one after the other; from the first again after the last.

        Raises:
            LoadTestError: an answer was no page.
        """
        took, records, cursor = [], 0, None
        for _ in range(CALLS):
            asked = {**query, "limit": str(PAGE_RECORDS), **({"cursor": cursor} if cursor else {})}
            start = time.perf_counter()
            body = self._get("/comments", asked)
            took.append((time.perf_counter() - start) * 1e3)
            page = msgspec.json.decode(body)
            records += len(page["comments"])
            cursor = page["next_cursor"]
        return Timing(name, took, records)

    def counts(self, name: str, query: Query, calls: int = 3) -> Timing:
        """The same statistics a few times.

        Raises:
            LoadTestError: an answer was none.
        """
        took, records = [], 0
        for _ in range(calls):
            start = time.perf_counter()
            body = self._get("/statistics", query)
            took.append((time.perf_counter() - start) * 1e3)
            intervals = msgspec.json.decode(body)["intervals"]
            records += sum(interval["records"] for interval in intervals)
        return Timing(name, took, records)

    def export_rate(self, form: str, seconds: float) -> float:
        """Records a second of an export that is left after some time.

        Raises:
            LoadTestError: it did not start.
        """
        connection = http.client.HTTPConnection(*self._address, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("GET", f"/comments/export?format={form}")
            answer = connection.getresponse()
            if answer.status != http.client.OK:
                raise LoadTestError(f"the export was answered with {answer.status}")
            start, lines = time.perf_counter(), 0
            while time.perf_counter() - start < seconds and (part := answer.read(READ_BYTES)):
                lines += part.count(b"\n")
            return lines / (time.perf_counter() - start)
        finally:
            connection.close()

    def _get(self, path: str, query: Query) -> bytes:
        self._connection.request("GET", f"{path}?{urlencode(query)}")
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != http.client.OK:
            raise LoadTestError(f"GET {path} was answered with {answer.status}: {body[:200]!r}")
        return body


def _day(now: dt.datetime, days: int) -> str:
    """Midnight so many days ago."""
    midnight = now.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - dt.timedelta(days=days)).isoformat().replace("+00:00", "Z")
