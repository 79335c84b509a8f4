"""Slices: which texts belong to them, and their accuracy."""

import numpy as np
import pandas as pd
import pytest

from training.evaluation.slices import SLICES, measure_slices


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("up to 5 words", "it works, doesn't it", "it works and it does well"),
        ("6 to 20 words", "it works and it does well", "it works"),
        ("21 to 100 words", "word " * 21, "word " * 20),
        ("over 100 words", "word " * 101, "word " * 100),
        ("a negation", "It isn’t good", "a notable knot"),
        ("no negation", "a notable knot", "NOT good"),
        ("an emoji or emoticon", "so 😀", "so: (this)"),
        ("an emoji or emoticon", "so :-)", "http://x"),
        ("a word in capitals", "this is GREAT", "the USA is OK"),
        ("an exclamation mark", "so!", "so"),
        ("a question mark", "so?", "so"),
        ("a number", "at 9", "at nine, b2b"),
        ("a URL", "see www.x.y", "see x.y"),
    ],
)
def test_membership(name: str, inside: str, outside: str) -> None:
    assert SLICES[name](inside)
    assert not SLICES[name](outside)


def test_each_slice_is_measured() -> None:
    texts = pd.Series(["so!", "so! so!", "so"])
    rows = {row["slice"]: row for row in measure_slices(texts, np.array([True, False, True]))}
    assert list(rows) == list(SLICES)
    assert rows["an exclamation mark"]["rows"] == 2
    assert rows["an exclamation mark"]["accuracy"] == 0.5
    assert rows["an exclamation mark"]["low"] <= 0.5 <= rows["an exclamation mark"]["high"]
    assert rows["a URL"] == {"slice": "a URL", "rows": 0}
