"""Our plain sentences as training documents."""

from collections import Counter

from bento.model.text import tokenise
from training.evaluation import checklist
from training.fitting.plain_sentences import plain


def test_a_thing_is_praised_as_often_as_blamed() -> None:
    kinds = Counter(kind for text, kind in plain() if "laptop" in tokenise(text))
    assert kinds["positive"] == kinds["negative"] > 5
    assert kinds["neutral"] > 5


def test_each_sentence_is_there_once_and_always_the_same() -> None:
    sentences = plain()
    assert sentences == plain()
    assert len({text for text, _ in sentences}) == len(sentences)
    assert not any("{" in text for text, _ in sentences)


def test_nothing_that_the_behaviour_suite_asks_is_trained_on() -> None:
    asked = {
        " ".join(tokenise(text)).rstrip(" .!")
        for behaviour in checklist.suite()
        for case in behaviour.cases
        for text in case
    }
    trained = {" ".join(tokenise(text)).rstrip(" .!") for text, _ in plain()}
    assert len(asked) > 500
    assert not asked & trained
