from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import InvalidInputError
from gateway.ledger import cursor
from gateway.ledger.cursor import Position
from gateway.ledger.filters import EVERYTHING, Filter

positions = st.builds(
    Position,
    st.datetimes().map(lambda time: time.isoformat(timespec="milliseconds") + "Z"),
    st.uuids().map(str),
)


@given(positions)
def test_a_cursor_is_read_as_it_was_written(position: Position) -> None:
    assert cursor.decode(cursor.encode(position)) == position


@given(positions)
def test_a_cursor_belongs_to_its_filter(position: Position) -> None:
    where = Filter(sentiment="negative")
    assert cursor.decode(cursor.encode(position, where), where) == position
    for other in (EVERYTHING, Filter(confidence="low")):
        with pytest.raises(InvalidInputError):
            cursor.decode(cursor.encode(position, where), other)


@given(positions, positions)
def test_positions_sort_as_their_text_does(one: Position, other: Position) -> None:
    assert (one < other) == (str(one) < str(other))


@given(st.text())
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        cursor.decode(text)
    assert refusal.value.field == "cursor"


@given(positions, st.data())
def test_a_cut_cursor_is_refused(position: Position, data: st.DataObject) -> None:
    whole = cursor.encode(position)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    cut = whole[:start] + whole[end:]
    if cut != whole:
        with pytest.raises(InvalidInputError):
            cursor.decode(cut)
