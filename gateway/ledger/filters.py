"""Filters: which records a listing, an export or a statistic is about."""

from __future__ import annotations

import datetime as dt

import msgspec

from gateway.records import Confidence, Sentiment, timestamp

__all__ = ["EVERYTHING", "Filter", "Period"]


class Period(msgspec.Struct, frozen=True):
    """A span of time, in the form of records' timestamps; None: without an end."""

    since: str | None = None
    """The first timestamp in it."""
    until: str | None = None
    """The first timestamp after it."""

    @classmethod
    def of(cls, since: dt.datetime | None, until: dt.datetime | None) -> Period:
        """The records of [since, until)."""
        return cls(_up(since) if since else None, _up(until) if until else None)


class Filter(msgspec.Struct, frozen=True):
    """Conditions that all hold for a record; None: any value."""

    sentiment: Sentiment | None = None
    """As the model answered."""
    confidence: Confidence | None = None
    model: str | None = None
    """The digest of the artifact that answered."""
    corrected: bool | None = None
    """Whether the record has a correction."""
    period: Period = Period()

    def __str__(self) -> str:
        """Differs for different filters; empty for the one without conditions."""
        return "" if self == EVERYTHING else msgspec.json.encode(self).decode()


EVERYTHING = Filter()


def _up(moment: dt.datetime) -> str:
    """The first timestamp that is not before the moment: records have milliseconds."""
    microseconds = -moment.microsecond % 1_000
    return timestamp(moment + dt.timedelta(microseconds=microseconds))
