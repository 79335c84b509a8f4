"""The weights of training rows."""

import pandas as pd

from training.data.corpus import COMMENTS, POSTS
from training.fitting.recipe import Recipe


def test_the_poles_of_each_source_are_balanced() -> None:
    rows = pd.DataFrame(
        {
            "source": ["tweets"] * 4 + ["rotten_tomatoes"] * 2 + ["file:own.csv"],
            "label": ["negative"] * 2 + ["positive", "neutral", "positive", "negative", "positive"],
        }
    )
    assert Recipe().polarity_weights(rows).tolist() == [0.75, 0.75, 1.5, 0, 6, 6, 1]
    assert Recipe().neutrality_weights(rows).tolist() == [1, 1, 1, 1, 0.5, 0.5, 0.05]
    assert Recipe().no_review_weights(rows).tolist() == [1, 1, 1, 1, 1, 1, 0]


def test_posts_have_a_neutrality_of_their_own() -> None:
    rows = pd.DataFrame(
        {
            "source": ["tweets"] * 2 + [COMMENTS] * 2 + [POSTS] * 2 + ["imdb", "file:own.csv"],
            "label": ["neutral", "positive"] * 3 + ["positive", "neutral"],
        }
    )
    assert Recipe().post_neutrality_weights(rows).tolist() == [1, 1, 0, 0, 1, 1, 0, 1]
    assert Recipe().neutrality_weights(rows).tolist() == [1, 1, 7, 7, 1, 1, 0.05, 1]
    assert Recipe().are_posts(rows).tolist() == [True, True, False, False, True, True, False, False]
    assert Recipe().post_weights(rows).tolist() == [1, 1, 1, 1, 1, 1, 0, 0]
