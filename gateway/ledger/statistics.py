"""Statistics: how many records there are in each interval, by their answers and corrections."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Literal, NamedTuple, get_args

import msgspec

from gateway.errors import InvalidInputError
from gateway.ledger.filters import Period
from gateway.records import Confidence, Sentiment, timestamp

__all__ = ["MAX_DAYS", "By", "Count", "Interval", "Statistics", "span", "summarise"]

MAX_DAYS = 31
By = Literal["hour", "day"]
STEPS = {"hour": dt.timedelta(hours=1), "day": dt.timedelta(days=1)}
PREFIXES = {"hour": len("2025-10-25T19"), "day": len("2025-10-25")}
"""Characters of a timestamp that name its interval."""


class Count(NamedTuple):
    """Records with the same answers in the same interval."""

    start: str
    """The characters of the timestamp that name the interval."""
    sentiment: Sentiment
    confidence: Confidence
    model: str
    correction: Sentiment | None
    records: int


class Interval(msgspec.Struct, frozen=True):
    """The records of one hour or day, counted four times."""

    start: Annotated[
        str, msgspec.Meta(description="UTC, RFC 3339.", examples=["2025-10-25T19:00:00.000Z"])
    ]
    records: int
    sentiment: Annotated[
        dict[str, int],
        msgspec.Meta(description="By the model's answer.", examples=[{"positive": 3}]),
    ]
    confidence: dict[str, int]
    model: Annotated[dict[str, int], msgspec.Meta(description="By the digest of the artifact.")]
    correction: Annotated[
        dict[str, int],
        msgspec.Meta(
            description="By the sentiment that a person gave; `none` for records without."
        ),
    ]


class Statistics(msgspec.Struct, frozen=True, rename={"since": "from", "until": "to"}):
    """The intervals that overlap [from, to), in order, empty ones included."""

    since: str
    until: str
    by: By
    intervals: list[Interval]


def span(since: dt.datetime | None, until: dt.datetime | None, by: By) -> Period:
    """The period [since, until): by default the last 24 hours, or the last `MAX_DAYS` days.

    Raises:
        InvalidInputError: it is empty or too long.
    """
    end = until or dt.datetime.now(dt.UTC)
    start = since or end - dt.timedelta(days=1 if by == "hour" else MAX_DAYS)
    to = "`to`" if until else "`to`, which is now unless it is given"
    if start >= end and not until:
        raise InvalidInputError("from", f"must be before {to}")
    if end - start > dt.timedelta(days=MAX_DAYS):
        raise InvalidInputError("from", f"must be at most {MAX_DAYS} days before {to}")
    return Period.of(start, end)


def summarise(period: Period, by: By, counts: Iterable[Count]) -> Statistics:
    """The statistics of a period with two ends."""
    since, until = period.since or "", period.until or ""
    by_start: dict[str, list[Count]] = {start: [] for start in _starts(since, until, by)}
    for count in counts:
        by_start[count.start].append(count)
    intervals = [_interval(start, same) for start, same in by_start.items()]
    return Statistics(since, until, by, intervals)


def _starts(since: str, until: str, by: By) -> list[str]:
    first = dt.datetime.fromisoformat(since)
    start = first.replace(minute=0, second=0, microsecond=0)
    if by == "day":
        start = start.replace(hour=0)
    end = dt.datetime.fromisoformat(until)
    starts = []
    while start < end:
        starts.append(timestamp(start)[: PREFIXES[by]])
        start += STEPS[by]
    return starts


def _interval(start: str, counts: list[Count]) -> Interval:
    sentiment, confidence = Counter[str](), Counter[str]()
    model, correction = Counter[str](), Counter[str]()
    for count in counts:
        sentiment[count.sentiment] += count.records
        confidence[count.confidence] += count.records
        model[count.model] += count.records
        correction[count.correction or "none"] += count.records
    return Interval(
        start + "0000-00-00T00:00:00.000Z"[len(start) :],
        sentiment.total(),
        {name: sentiment[name] for name in get_args(Sentiment)},
        {name: confidence[name] for name in get_args(Confidence)},
        dict(sorted(model.items())),
        {name: correction[name] for name in ("none", *get_args(Sentiment))},
    )
