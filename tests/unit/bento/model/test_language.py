"""Languages: comments that are not in English are recognised, English ones are not asked about."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bento.model import language as module
from bento.model.language import ENGLISH, UNDETERMINED, language


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(module).failed == 0


def test_known_words_are_english_without_being_identified(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise AssertionError

    monkeypatch.setattr(module, "_identifier", fail)
    assert language("Die Lieferung war schnell.", 0.2) == ENGLISH


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Es una basura, no funciona.", "es"),
        ("这个产品非常好用，推荐。", "zh"),
        ("Der Akku haelt leider nicht besonders lange durch", "de"),
        ("", UNDETERMINED),
        ("12345", UNDETERMINED),
    ],
)
def test_the_language_of_unknown_words(text: str, code: str) -> None:
    assert language(text, 1.0) == code


@given(st.text(), st.floats(0, 1))
def test_any_text_has_a_language(text: str, unknown: float) -> None:
    assert 2 <= len(language(text, unknown)) <= 3
