"""Blocks of phrases, and words that fill a template in turn."""

import doctest

from training.fitting.documents import forms


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(forms) == (0, 1)


def test_words_start_again_at_the_end() -> None:
    assert [forms.at("abc", index) for index in range(5)] == list("abcab")
