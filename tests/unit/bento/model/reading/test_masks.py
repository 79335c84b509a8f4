"""Masked swearwords, and words that only look like some."""

import doctest

import pytest

from bento.model.reading import masks
from bento.model.reading.text import forms


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(masks).failed == 0


@pytest.mark.parametrize(
    ("masked", "word"),
    [
        ("sh*t", "shit"), ("f***ing", "fucking"), ("b*tch", "bitch"), ("great*", "great"),
        ("cr@p", "crap"), ("b1tch", "bitch"), ("SH!T", "shit"), ("f#cked", "fucked"),
        ("a$$", "ass"), ("bullsh1t", "bullshit"), ("d4mn", "damn"), ("assh0le", "asshole"),
        ("pi$$ed", "pissed"), ("bi7ch", "bitch"), ("sh*tshow", "shitshow"),
    ],
)  # fmt: skip
def test_masked_swearing_is_read(masked: str, word: str) -> None:
    assert forms(masked) == [word]
    assert forms(f"what the {masked}, really") == ["what", "the", word, ",", "really"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("an A55 or A11", ["an", "a", "55", "or", "a", "11"]),
        ("me@shit.example", []),
        ("see @crap", ["see"]),
        ("hi!there #win", ["hi", "!", "there", "#win"]),
        ("sh1ts", ["sh", "1", "ts"]),
        ("as$ suck$ asshol3", ["as", "suck", "asshol", "3"]),
        ("asshol3ſ", ["asshol", "3", "s"]),
        ("h3110 b2b", ["h", "0000", "b", "2", "b"]),
    ],
)
def test_names_and_numbers_are_no_masks(text: str, words: list[str]) -> None:
    assert forms(text) == words
