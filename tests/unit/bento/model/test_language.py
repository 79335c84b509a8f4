"""Languages: comments that are not in English are recognised, English ones are not asked about."""

import doctest
import threading

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
        # Likeliest is Achinese, which has a code of three letters only.
        ("paisa waste hai bhai mat lo", UNDETERMINED),
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


def test_the_identifier_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the thread that loads it at the start, while the first text is waiting for it."""
    loads = []
    may_load = threading.Event()

    def load(*_: object, **__: object) -> object:
        loads.append(threading.current_thread())
        may_load.wait(20)
        return object()

    monkeypatch.setattr(f"{module.__name__}.LanguageIdentifier.from_model_file", load)
    module._load.cache_clear()
    threads = [threading.Thread(target=module.load_identifier) for _ in range(2)]
    for thread in threads:
        thread.start()
    threads[1].join(0.2)  # without a lock it would begin to load within this time
    may_load.set()
    for thread in threads:
        thread.join(20)
    module._load.cache_clear()
    assert len(loads) == 1
