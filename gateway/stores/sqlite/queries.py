"""Listings and counts by the indexes: no query sorts, or reads rows that it does not return.

An index by model, sentiment and confidence has the records of one answer in order of time. A filter
leaves open some of the three: each combination of answers is a stream of its own, read lazily, and
the streams are merged. There are nine for each model.
"""

from __future__ import annotations

import heapq
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice, product
from typing import Any, get_args

from gateway.ledger.cursor import Position
from gateway.ledger.filters import Filter, Period
from gateway.ledger.statistics import PREFIXES, By, Count
from gateway.ledger.store import Listing
from gateway.records import Confidence, Record, Sentiment
from gateway.stores.sqlite.schema import COLUMNS, NOT_EXPIRED, record_of

__all__ = ["count", "newest"]

# Sorts after every position; the empty id before each record of its timestamp.
LAST = Position("9999-12-31T23:59:59.999Z", "g")
FIRST = Position("", "")

STREAM = f"""
    SELECT {COLUMNS} FROM comments INDEXED BY {{index}}
    WHERE {{conditions}} (timestamp, comment_id) < (?, ?) AND (timestamp, comment_id) >= (?, ?)
        AND {NOT_EXPIRED}
    ORDER BY timestamp DESC, comment_id DESC LIMIT ?
"""  # noqa: S608
# SQLite walks over all entries of a DISTINCT; this jumps from one value to the next.
MODELS = """
    WITH RECURSIVE models (model) AS (
        SELECT min(model) FROM comments
        UNION ALL
        SELECT (SELECT min(model) FROM comments WHERE model > models.model)
        FROM models WHERE models.model IS NOT NULL
    )
    SELECT model FROM models WHERE model IS NOT NULL
"""
COUNT = f"""
    SELECT substr(timestamp, 1, ?), count(*) FROM comments INDEXED BY comments_by_answer
    WHERE model = ? AND sentiment = ? AND confidence = ? AND timestamp >= ? AND timestamp < ?
        AND {NOT_EXPIRED}
    GROUP BY 1
"""  # noqa: S608
COUNT_CORRECTED = f"""
    SELECT substr(timestamp, 1, ?), sentiment, confidence, model, correction ->> 'sentiment',
        count(*)
    FROM comments INDEXED BY corrections_by_time
    WHERE correction IS NOT NULL AND timestamp >= ? AND timestamp < ? AND {NOT_EXPIRED}
    GROUP BY 1, 2, 3, 4, 5
"""  # noqa: S608


def newest(
    connection: sqlite3.Connection, limit: int, before: Position | None, where: Filter
) -> Listing:
    """See `gateway.ledger.store.Store.newest`."""
    period = where.period
    start = min(before or LAST, Position(period.until, "") if period.until else LAST)
    end = Position(period.since, "") if period.since else FIRST
    bounds = (start.timestamp, start.comment_id, end.timestamp, end.comment_id, time.time())
    streams = [
        map(record_of, connection.execute(statement, (*parameters, *bounds, limit + 1)))
        for statement, parameters in _streams(connection, where)
    ]
    merged = heapq.merge(*streams, key=Position.of, reverse=True)
    records: list[Record] = list(islice(merged, limit + 1))
    more = len(records) > limit
    records = records[:limit]
    return Listing(records, Position.of(records[-1]) if more else None)


def count(connection: sqlite3.Connection, period: Period, by: By) -> list[Count]:
    """See `gateway.ledger.store.Store.count`."""
    length, span, now = PREFIXES[by], (period.since, period.until), time.time()
    uncorrected: Counter[tuple[str, Sentiment, Confidence, str]] = Counter()
    for model, sentiment, confidence in _answers(connection, Filter()):
        parameters = (length, model, sentiment, confidence, *span, now)
        for start, records in connection.execute(COUNT, parameters):
            uncorrected[start, sentiment, confidence, model] = records
    counts = [Count(*row) for row in connection.execute(COUNT_CORRECTED, (length, *span, now))]
    for row in counts:
        uncorrected[row[:4]] -= row.records
    return counts + [Count(*answer, None, records) for answer, records in uncorrected.items()]


def _streams(
    connection: sqlite3.Connection, where: Filter
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The statements, with the parameters of their conditions, whose records are those of the
    filter."""
    answer = {"model": where.model, "sentiment": where.sentiment, "confidence": where.confidence}
    given = {name: value for name, value in answer.items() if value is not None}
    uncorrected = "correction IS NULL AND " if where.corrected is False else ""
    if where.corrected:
        # People correct few records.
        conditions = "correction IS NOT NULL AND " + "".join(f"{name} = ? AND " for name in given)
        statement = STREAM.format(index="corrections_by_time", conditions=conditions)
        yield statement, tuple(given.values())
    elif not given:
        yield STREAM.format(index="comments_by_time", conditions=uncorrected), ()
    else:
        conditions = "model = ? AND sentiment = ? AND confidence = ? AND " + uncorrected
        statement = STREAM.format(index="comments_by_answer", conditions=conditions)
        for parameters in _answers(connection, where):
            yield statement, parameters


def _answers(
    connection: sqlite3.Connection, where: Filter
) -> Iterator[tuple[str, Sentiment, Confidence]]:
    """All combinations of answers that the filter allows."""
    models = [where.model] if where.model else [row[0] for row in connection.execute(MODELS)]
    sentiments = [where.sentiment] if where.sentiment else get_args(Sentiment)
    confidences = [where.confidence] if where.confidence else get_args(Confidence)
    return product(models, sentiments, confidences)
