"""Calibration for rows with known probabilities."""

import numpy as np
import pandas as pd
import pytest

from training.data.corpus import POSTS
from training.evaluation.metrics import expected_calibration_error
from training.fitting.calibrate import calibrate, probabilities
from training.fitting.recipe import Recipe

ROWS = 4_000


def rows(seed: int = 0) -> tuple[np.ndarray, pd.DataFrame]:
    """Logits that are too large: calibrated ones are half (reviews) or a quarter (comments)."""
    chance = np.random.default_rng(seed)
    comments = np.arange(ROWS) % 2 == 1
    logits = np.stack(
        [
            chance.normal(0, 4, ROWS),
            chance.normal(0, 2, ROWS),
            np.zeros(ROWS),
            np.where(comments, 1.0, -3.0),
            np.full(ROWS, -5.0),
        ],
        axis=1,
    )
    positive = chance.random(ROWS) < 1 / (1 + np.exp(-logits[:, 0] * np.where(comments, 0.25, 0.5)))
    neutral = comments & (chance.random(ROWS) < 1 / (1 + np.exp(-logits[:, 1])))
    label = np.where(neutral, "neutral", np.where(positive, "positive", "negative"))
    source = np.where(comments, "tweets", "imdb")
    return logits, pd.DataFrame({"label": label, "source": source, "post_mark": False})


def test_calibrated_probabilities_match_the_accuracy() -> None:
    logits, table = rows()
    calibration = calibrate(logits, table, Recipe(neutral_bias=0.0))
    other, unseen = rows(seed=1)
    predicted = probabilities(calibration, other, unseen["post_mark"])
    answers = np.array(["negative", "neutral", "positive"])[predicted.argmax(axis=1)]
    for source in ("tweets", "imdb"):
        part = (unseen["source"] == source).to_numpy()
        right = (answers == unseen["label"])[part].to_numpy()
        assert expected_calibration_error(right, predicted.max(axis=1)[part]) < 0.06


def test_sources_without_neutral_rows_do_not_affect_neutrality() -> None:
    logits, table = rows()
    recipe = Recipe()
    first = calibrate(logits, table, recipe)
    own = table[table["label"] != "neutral"].assign(source="file:own.csv")
    more = pd.concat([table, own], ignore_index=True)
    repeated = np.concatenate([logits, logits[own.index]])
    second = calibrate(repeated, more, recipe)
    assert second.neutrality == pytest.approx(first.neutrality, rel=1e-3)
    assert second.polarity != first.polarity


def test_the_bias_of_the_recipe_is_added_but_for_posts() -> None:
    logits, table = rows()
    plain = calibrate(logits, table, Recipe(neutral_bias=0.0))
    biased = calibrate(logits, table, Recipe(neutral_bias=0.7))
    assert biased == plain.with_bias(0.7, of_posts=0.0)


def test_a_large_source_weighs_no_more_than_5000_rows() -> None:
    logits, table = rows()
    # With equal registers both sources share one calibration.
    logits[:, 3] = 0
    reviews = np.flatnonzero(table["source"] == "imdb")
    other = np.concatenate([np.arange(ROWS), *[reviews] * 2])
    many = np.concatenate([other, *[reviews] * 5])
    few, most = (
        calibrate(logits[picked], table.iloc[picked], Recipe()) for picked in (other, many)
    )
    assert most.polarity == pytest.approx(few.polarity, abs=0.02)


def test_our_own_posts_weigh_less_than_the_tweets() -> None:
    logits, table = rows()
    logits[:, 3] = 0
    table["source"] = np.where(table["source"] == "imdb", POSTS, "tweets")
    posts, tweets = (np.flatnonzero(table["source"] == name) for name in (POSTS, "tweets"))
    twice, thrice = (np.concatenate([tweets, *[posts] * times]) for times in (2, 3))
    few, many, unlimited = (
        calibrate(logits[picked], of.iloc[picked], Recipe())
        for picked, of in ((twice, table), (thrice, table), (thrice, table.assign(source="tweets")))
    )
    assert many.polarity == pytest.approx(few.polarity, abs=1e-3)
    assert unlimited.polarity != pytest.approx(few.polarity, abs=1e-3)
