"""Our idioms as training documents."""

from bento.model.text import tokenise
from training.fitting.idioms import idioms


def test_idioms_are_distinct_and_either_positive_or_negative() -> None:
    phrases = idioms()
    assert phrases["couldn't be happier"]
    assert not phrases["nobody liked it"]
    assert all(phrase == phrase.strip() != "" for phrase in phrases)
    assert len({tuple(tokenise(phrase)) for phrase in phrases}) > 0.9 * len(phrases)
