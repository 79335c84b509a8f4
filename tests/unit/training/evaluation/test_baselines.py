"""Baselines that the model is compared with."""

import pandas as pd

from bento.model.model import CLASSES
from tests.support.sentences import sentences
from training.evaluation import baselines, metrics


def test_the_majority_is_the_most_frequent_label() -> None:
    for frequent in CLASSES:
        labels = pd.Series([frequent, "positive", "negative", frequent])
        answers = baselines.majority(labels).argmax(axis=1)
        assert [CLASSES[i] for i in answers] == [frequent] * 4


def test_vader() -> None:
    answers = baselines.vader(["I love it", "I hate it", "It is a table"])
    assert [CLASSES[i] for i in answers.argmax(axis=1)] == ["positive", "negative", "neutral"]
    assert answers.min() >= 0
    scored = metrics.score(pd.Series(["positive", "negative", "negative"]), answers)
    assert scored.right.all()
    assert scored.neutral_rate == 1 / 3


def test_textblob() -> None:
    answers = baselines.textblob(["I love it", "I hate it", "It is a table"])
    assert [CLASSES[i] for i in answers.argmax(axis=1)] == ["positive", "negative", "neutral"]
    assert metrics.score(pd.Series(["positive", "negative", "negative"]), answers).right.all()


def test_the_classic_recipe_learns_stems_without_stop_words() -> None:
    table = sentences()
    classic = baselines.classic(list(table["text"]), list(table["label"]))
    assert list(classic.classes_) == list(CLASSES)
    terms = set(classic[0].get_feature_names_out())
    assert {"fantast", "love", "crash"} <= terms
    assert not {"the", "is", "fantastic"} & terms
    answers = classic.predict_proba(["a fantastic movie", "it crashes"])
    assert [CLASSES[i] for i in answers.argmax(axis=1)] == ["positive", "negative"]
