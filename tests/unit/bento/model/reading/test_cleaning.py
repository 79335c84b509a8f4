"""Cleaning: offsets of a cleaned text lead back to the original."""

import doctest

from hypothesis import given
from hypothesis import strategies as st

from bento.model.reading import cleaning


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(cleaning).failed == 0


@given(st.text() | st.text(st.sampled_from("a&#38;lt<3 n't\u200b\u0301\U0001f3fb")))
def test_offsets_of_a_cleaned_text_map_to_the_original(raw: str) -> None:
    cleaned, origins = cleaning.clean(raw)
    if origins is None:
        assert cleaned == raw
        return
    end = 0
    for index, char in enumerate(cleaned):
        start, stop = origins.span(index, index + 1)
        assert end <= start < stop <= len(raw)
        assert raw[start:stop] == char or raw[start] == "&"
        end = stop if raw[start] != "&" else start
