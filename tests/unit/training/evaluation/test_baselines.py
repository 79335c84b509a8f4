"""What the model is compared with."""

import pandas as pd

from bento.model.model import CLASSES
from tests.support.sentences import sentences
from training.evaluation import baselines, metrics


def test_the_majority_is_that_of_the_very_texts() -> None:
    labels = pd.Series(["neutral", "positive", "neutral"])
    found = baselines.majority(["a", "b", "c"], labels)
    assert metrics.score(labels, found).right.tolist() == [True, False, True]
    poles = pd.Series(["positive", "positive", "negative"])
    found = baselines.majority(["a", "b", "c"], poles)
    assert metrics.score(poles, found).right.tolist() == [True, True, False]


def test_vader() -> None:
    texts = ["I love it", "I hate it", "It is a table"]
    found = baselines.vader(texts)
    assert [CLASSES[i] for i in found.argmax(axis=1)] == ["positive", "negative", "neutral"]
    assert found.min() >= 0
    scored = metrics.score(pd.Series(["positive", "negative", "negative"]), found)
    assert scored.right.all()
    assert scored.neutral_rate == 1 / 3


def test_textblob() -> None:
    texts = ["I love it", "I hate it", "It is a table"]
    found = baselines.textblob(texts)
    assert [CLASSES[i] for i in found.argmax(axis=1)] == ["positive", "negative", "neutral"]
    assert metrics.score(pd.Series(["positive", "negative", "negative"]), found).right.all()


def test_the_classic_recipe_learns_stems_without_stop_words() -> None:
    table = sentences()
    made = baselines.classic(list(table["text"]), list(table["label"]))
    assert list(made.classes_) == list(CLASSES)
    terms = set(made[0].get_feature_names_out())
    assert {"fantast", "love", "crash"} <= terms
    assert not {"the", "is", "fantastic"} & terms
    found = made.predict_proba(["a fantastic movie", "it crashes"])
    assert [CLASSES[i] for i in found.argmax(axis=1)] == ["positive", "negative"]
