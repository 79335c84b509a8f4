"""The weights of training rows."""

import pandas as pd

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
    assert Recipe().register_weights(rows).tolist() == [1, 1, 1, 1, 1, 1, 0]
