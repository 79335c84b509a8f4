"""Cleaning: copies, contradictions and damage."""

import doctest

import pandas as pd

from training.data import cleaning


def cleaned(*rows: tuple[str, str]) -> list[tuple[str, str]]:
    table = cleaning.clean(pd.DataFrame(rows, columns=["text", "label"]))
    return list(zip(table["text"], table["label"], strict=True))


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(cleaning).failed == 0


def test_of_copies_the_first_stays() -> None:
    rows = [
        ("Great show!", "positive"),
        ("RT @you: great SHOW http://t.co/1", "positive"),
        ("great <br />show", "positive"),
        ("Great shows", "positive"),
    ]
    assert cleaned(*rows) == [rows[0], rows[3]]


def test_contradicting_rows_and_rows_without_words_are_left_out() -> None:
    kept = ("fine", "positive")
    assert cleaned(("so so", "positive"), ("So so.", "negative"), kept, ("@you", "neutral")) == [
        kept
    ]


def test_mojibake_is_mended() -> None:
    assert cleaned(("itâ€™s a cafÃ©", "positive")) == [("it’s a café", "positive")]
