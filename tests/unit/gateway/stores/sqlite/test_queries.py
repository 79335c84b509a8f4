"""No query of a listing sorts records, or reads all of them."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest

from gateway.ledger.cursor import Position
from gateway.ledger.filters import Filter, Period
from gateway.records import Confidence, Entry, Record, Sentiment
from gateway.stores.sqlite import queries, schema
from gateway.stores.sqlite.store import CORRECT, INSERT

MODELS = [f"sha256:{digit * 64}" for digit in "ab"]
PERIOD = Period("2025-10-01T00:00:00.000Z", "2025-11-01T00:00:00.000Z")
BEFORE = Position("2025-10-20T00:00:00.000Z", "b")
FILTERS = [
    Filter(sentiment, confidence, model, corrected, period)
    for sentiment, confidence, model, corrected, period in itertools.product(
        (None, *get_args(Sentiment)),
        (None, *get_args(Confidence)),
        (None, *MODELS),
        (None, True, False),
        (Period(), PERIOD),
    )
]


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    schema.create(connection)
    answers = itertools.product(MODELS, get_args(Sentiment), get_args(Confidence))
    for number, (model, sentiment, confidence) in enumerate(answers):
        moment = f"2025-10-{number + 1:02}T08:00:00.000Z"
        record = Record(str(number), moment, "text", sentiment, "0.9000", confidence, model)
        connection.execute(INSERT, schema.row_of(Entry(record)))
    connection.execute(CORRECT, ('{"sentiment":"neutral","note":"","by":"","at":""}', "3"))
    yield connection
    connection.close()


def plans(connection: sqlite3.Connection, query: Callable[[], Any]) -> set[str]:
    """The steps by which SQLite finds what the query asks for."""
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    query()
    connection.set_trace_callback(None)
    assert statements
    steps = set()
    for statement in statements:
        steps |= {row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")}
    return steps


def reads_all(step: str) -> bool:
    return step.startswith("SCAN") and step != "SCAN models"  # a short list that the query makes


def test_listings_read_an_index_in_its_order(connection: sqlite3.Connection) -> None:
    for where in FILTERS:
        steps = plans(connection, lambda where=where: queries.newest(connection, 5, BEFORE, where))  # type: ignore[misc]
        assert not any(reads_all(step) or "TEMP B-TREE" in step for step in steps), (where, steps)
        bounded = {step for step in steps if "(timestamp,comment_id)<(" in step}
        assert bounded, (where, steps)


def test_the_listings_are_right(connection: sqlite3.Connection) -> None:
    everything = queries.newest(connection, 100, None, Filter()).records
    assert len(everything) == 18
    for where in FILTERS:
        expected = [
            record
            for record in everything
            if where.sentiment in (None, record.sentiment)
            and where.confidence in (None, record.confidence)
            and where.model in (None, record.model)
            and where.corrected in (None, record.comment_id == "3")
        ]
        assert queries.newest(connection, 100, None, where).records == expected


def test_counts_read_indexes_only(connection: sqlite3.Connection) -> None:
    steps = plans(connection, lambda: queries.count(connection, PERIOD, "day"))
    assert not any(reads_all(step) for step in steps)
    # The rows of corrections are read; the others by the index.
    tables = {step for step in steps if step.startswith("SEARCH") and "COVERING" not in step}
    assert all("corrections_by_time" in step for step in tables)
