"""The topics of the tweets."""

import doctest

import pandas as pd

from training.data import topics


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(topics).failed == 0


def test_only_tweets_have_a_topic() -> None:
    texts = ["#DeflateGate!", "My iPhone", "Off to #Coachella2015", "a car", "My iPhone"]
    table = pd.DataFrame({"text": texts, "source": [*["tweets"] * 4, "comments"]})
    found = topics.topics(table).tolist()
    assert len(set(found[:4])) == 4
    assert all(found[:4])
    assert found[4] == ""
