"""Our idioms as training documents."""

from bento.model.reading.text import tokenise
from training.fitting.documents.idioms import idioms


def test_idioms_are_distinct_and_have_a_sentiment() -> None:
    phrases = idioms()
    assert phrases["couldn't be happier"] == "positive"
    assert phrases["nobody liked it"] == "negative"
    assert phrases["leave blank"] == "neutral"
    assert all(phrase == phrase.strip() != "" for phrase in phrases)
    assert len({tuple(tokenise(phrase)) for phrase in phrases}) > 0.9 * len(phrases)
