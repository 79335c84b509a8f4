"""Our plain sentences as training documents."""

from collections import Counter
from itertools import chain

from bento.model.reading.text import tokenise
from training.evaluation.checklist.suite import suite
from training.fitting.documents.idioms import idioms
from training.fitting.documents.plain_sentences import plain_sentences


def test_a_thing_is_praised_as_often_as_blamed() -> None:
    kinds = Counter(kind for text, kind in plain_sentences() if "laptop" in tokenise(text))
    assert kinds["positive"] == kinds["negative"] > 5
    assert kinds["neutral"] > 5


def test_the_sentences_are_distinct_and_always_the_same() -> None:
    sentences = list(plain_sentences())
    assert sentences == list(plain_sentences())
    assert len({text for text, _ in sentences}) == len(sentences)
    assert not any("{" in text for text, _ in sentences)


def test_no_case_of_the_behaviour_suite_is_a_plain_sentence_or_an_idiom() -> None:
    tested = {
        " ".join(tokenise(text)).rstrip(" .!")
        for behaviour in suite()
        for case in behaviour.cases
        for text in case
    }
    texts = chain(idioms(), (text for text, _ in plain_sentences()))
    trained = {" ".join(tokenise(text)).rstrip(" .!") for text in texts}
    assert len(tested) > 500
    assert not tested & trained
