"""Filters: which records a listing, an export or a statistic is about."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec

from gateway.errors import InvalidInputError
from gateway.records import Confidence, Sentiment, timestamp

__all__ = ["EVERYTHING", "Filter", "Period", "moment"]


# Sums of times must be times, too.
FIRST_YEAR, LAST_YEAR = 1970, 9998
_Moment = Annotated[dt.datetime, msgspec.Meta(tz=True)]


class Period(msgspec.Struct, frozen=True):
    """A span of time, in the form of records' timestamps; None: without an end."""

    since: str | None = None
    """The first timestamp in it."""
    until: str | None = None
    """The first timestamp after it."""

    @classmethod
    def of(cls, since: dt.datetime | None, until: dt.datetime | None) -> Period:
        """The records of [since, until).

        Raises:
            InvalidInputError: `until` is not after `since`; the field is `to`.
        """
        if since and until and until <= since:
            raise InvalidInputError("to", "must be after `from`")
        return cls(_up(since) if since else None, _up(until) if until else None)

    @classmethod
    def parse(cls, since: str | None, until: str | None) -> Period:
        """The records of [since, until), given as RFC 3339 has it, with an offset.

        Raises:
            InvalidInputError: one of them has another form, or they are in the wrong order; the
                field is `from` or `to`.
        """
        return cls.of(moment("from", since), moment("to", until))


def moment(field: str, text: str | None) -> dt.datetime | None:
    """A moment that a client gave, as RFC 3339 has it.

    Raises:
        InvalidInputError: the text has another form, or no offset.
    """
    if text is None:
        return None
    try:
        given = msgspec.convert(text, _Moment).astimezone(dt.UTC)
    except (msgspec.ValidationError, OverflowError):
        given = None
    if given is None or not FIRST_YEAR <= given.year <= LAST_YEAR:
        # A form has a blank where the client's address had a plus.
        hint = " (a + is written as %2B in an address)" if " " in text else ""
        raise InvalidInputError(
            field,
            "must be a time like 2025-10-25T19:30:00Z, with an offset,"
            f" from {FIRST_YEAR} to {LAST_YEAR}{hint}",
        )
    return given


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
