"""Spelling: elongated words and hashtags are read as words that the model knows."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bento.model.reading import spelling
from bento.model.reading.spelling import Speller

COMMON = ("perfect", "so", "good", "bad", "love", "loved", "it", "cool", "worst", "app", "nice")
SPELLER = Speller(dict.fromkeys(COMMON, 2.0) | dict.fromkeys(("son", "ice"), 5.0))


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(spelling).failed == 0


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ("perfectt", "perfect"), ("soo", "so"), ("good", "good"), ("goodd", "good"),
        ("baad", "bad"), ("looved", "loved"), ("cooll", "cool"), ("coool", "cool"),
        ("xxyy", "xxyy"), ("aabbccddeeff", "aabbccddeeff"),
    ],
)  # fmt: skip
def test_doubled_letters_of_unknown_words_are_tried_single(form: str, word: str) -> None:
    assert SPELLER.word(form) == word


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("#LoveIt", ["Love", "It"]), ("#worstapp", ["worst", "app"]), ("#SoNice", ["So", "Nice"]),
        ("#sonice", ["so", "nice"]), ("#good", ["good"]), ("#NASA", ["NASA"]),
        ("#LoveXq", ["LoveXq"]),
        ("#" + "love" * 20, ["love" * 20]),
    ],
)  # fmt: skip
def test_hashtags_are_their_words(tag: str, words: list[str]) -> None:
    assert SPELLER.words(tag) == words


@given(st.from_regex(r"#[A-Za-zé]+", fullmatch=True))
def test_the_words_of_a_hashtag_are_its_letters(tag: str) -> None:
    assert "".join(SPELLER.words(tag)) == tag[1:]
