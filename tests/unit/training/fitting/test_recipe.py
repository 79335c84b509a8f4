"""The weights of training rows."""

import pandas as pd

from training.data.corpus import COMMENTS
from training.fitting.recipe import Recipe


def test_the_poles_of_each_source_are_balanced() -> None:
    rows = pd.DataFrame(
        {
            "source": ["tweets"] * 4 + ["rotten_tomatoes"] * 2 + ["file:own.csv"],
            "label": ["negative"] * 2 + ["positive", "neutral", "positive", "negative", "positive"],
        }
    )
    assert Recipe().polarity_weights(rows).tolist() == [0.75, 0.75, 1.5, 0, 5, 5, 1]
    assert Recipe().neutrality_weights(rows).tolist() == [1, 1, 1, 1, 0.5, 0.5, 0.05]
    assert Recipe().no_review_weights(rows).tolist() == [1, 1, 1, 1, 1, 1, 0]


def test_posts_have_a_neutrality_of_their_own() -> None:
    rows = pd.DataFrame(
        {
            "source": ["tweets"] * 2 + [COMMENTS] * 2 + ["imdb"] + ["file:own.csv"] * 2,
            "label": ["neutral", "positive"] * 2 + ["positive", "neutral", "negative"],
        }
    )
    assert Recipe().post_neutrality_weights(rows).tolist() == [1, 1, 0, 0, 0, 1, 1]
    assert Recipe().are_posts(rows).tolist() == [True, True, *[False] * 5]
    assert Recipe().post_weights(rows).tolist() == [1, 1, 1, 1, 0, 0, 0]
