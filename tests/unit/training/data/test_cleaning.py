"""Cleaning: duplicates, contradictory labels and mojibake."""

import doctest

import pandas as pd

from training.data import cleaning


def cleaned(*rows: tuple[str, str]) -> list[tuple[str, str]]:
    table = cleaning.clean(pd.DataFrame(rows, columns=["text", "label"]))
    return list(zip(table["text"], table["label"], strict=True))


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(cleaning).failed == 0


def test_the_first_of_equal_rows_is_kept() -> None:
    rows = [
        ("Great show!", "positive"),
        ("RT @you: great SHOW http://t.co/1", "positive"),
        ("great <br />show", "positive"),
        ("Great shows", "positive"),
    ]
    assert cleaned(*rows) == [rows[0], rows[3]]


def test_contradictory_rows_and_rows_without_words_are_dropped() -> None:
    kept = ("fine", "positive")
    assert cleaned(("so so", "positive"), ("So so.", "negative"), kept, ("@you", "neutral")) == [
        kept
    ]


def test_mojibake_is_repaired() -> None:
    assert cleaned(("itâ€™s a cafÃ©", "positive")) == [("it’s a café", "positive")]
