"""Cells of an export that spreadsheets must not take for formulas."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger import cells
from gateway.ledger.cells import guard, unguard


def test_examples() -> None:
    assert doctest.testmod(cells).failed == 0


@given(st.text(st.sampled_from("'=+-@\t\r\n＝＠a ")))
def test_no_cell_is_a_formula_and_each_is_had_back(text: str) -> None:
    assert guard(text)[:1] not in {*"=+-@\t\r\n＝＠"}
    assert unguard(guard(text)) == text


@pytest.mark.parametrize("text", ["", "it's", "'quoted'", "a=b", "''"])
def test_other_cells_stay(text: str) -> None:
    assert guard(text) == unguard(text) == text
