"""Calibration and thresholds from rows whose chances are known."""

import numpy as np
import pandas as pd
import pytest

from training.evaluation.metrics import expected_calibration_error
from training.fitting.calibrate import calibrate, probabilities, thresholds
from training.fitting.recipe import Recipe

ROWS = 4_000


def rows(seed: int = 0) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Logits whose calibrated size is half (reviews) or a quarter (comments) of what they say."""
    chance = np.random.default_rng(seed)
    comments = np.arange(ROWS) % 2 == 1
    logits = np.stack(
        [chance.normal(0, 4, ROWS), chance.normal(0, 2, ROWS), np.where(comments, 1.0, -3.0)],
        axis=1,
    )
    positive = chance.random(ROWS) < 1 / (1 + np.exp(-logits[:, 0] * np.where(comments, 0.25, 0.5)))
    neutral = comments & (chance.random(ROWS) < 1 / (1 + np.exp(-logits[:, 1])))
    label = np.where(neutral, "neutral", np.where(positive, "positive", "negative"))
    source = np.where(comments, "tweets", "imdb")
    return logits, np.full(ROWS, 500.0), pd.DataFrame({"label": label, "source": source})


def test_calibrated_probabilities_mean_what_they_say() -> None:
    logits, mass, table = rows()
    calibration = calibrate(logits, mass, table, Recipe(neutral_bias=0.0))
    other, mass, unseen = rows(seed=1)
    found = probabilities(calibration, other, mass)
    answers = np.array(["negative", "neutral", "positive"])[found.argmax(axis=1)]
    for source in ("tweets", "imdb"):
        part = (unseen["source"] == source).to_numpy()
        right = (answers == unseen["label"])[part].to_numpy()
        assert expected_calibration_error(right, found.max(axis=1)[part]) < 0.06


def test_high_and_medium_are_as_right_as_wanted_in_each_source() -> None:
    logits, mass, table = rows()
    recipe = Recipe()
    found = probabilities(calibrate(logits, mass, table, recipe), logits, mass)
    limits = thresholds(table, found, recipe)
    assert 1 / 3 < limits.medium < limits.high < 1
    answers = np.array(["negative", "neutral", "positive"])[found.argmax(axis=1)]
    for source in ("tweets", "imdb"):
        high = (found.max(axis=1) >= limits.high) & (table["source"] == source).to_numpy()
        assert (answers == table["label"])[high].mean() >= recipe.high


def test_sources_that_say_nothing_about_neutral_do_not_count() -> None:
    logits, mass, table = rows()
    recipe = Recipe()
    first = calibrate(logits, mass, table, recipe)
    own = table[table["label"] != "neutral"].assign(source="file:own.csv")
    more = pd.concat([table, own], ignore_index=True)
    repeated = np.concatenate([logits, logits[own.index]])
    second = calibrate(repeated, np.full(len(more), 500.0), more, recipe)
    assert second.neutrality == pytest.approx(first.neutrality, rel=1e-3)
    assert second.polarity != first.polarity


def test_without_sure_answers_nothing_is_high() -> None:
    _, _, table = rows()
    guess = np.full((ROWS, 3), 1 / 3)
    assert thresholds(table, guess, Recipe()).high == 1


def test_the_bias_goes_to_neutral_and_nowhere_else() -> None:
    logits, mass, table = rows()
    plain = calibrate(logits, mass, table, Recipe(neutral_bias=0.0))
    biased = calibrate(logits, mass, table, Recipe(neutral_bias=0.7))
    assert biased.polarity == plain.polarity
    assert biased.neutrality[0] == pytest.approx(plain.neutrality[0] + 0.7)
    assert biased.neutrality[1:] == plain.neutrality[1:]


def test_a_large_source_has_no_more_say_than_5000_rows() -> None:
    logits, mass, table = rows()
    # Nothing tells the sources apart, so that they have to agree.
    logits[:, 2] = 0
    reviews = np.flatnonzero(table["source"] == "imdb")
    other = np.concatenate([np.arange(ROWS), *[reviews] * 2])
    many = np.concatenate([other, *[reviews] * 5])
    few, most = (
        calibrate(logits[picked], mass[0] * np.ones(len(picked)), table.iloc[picked], Recipe())
        for picked in (other, many)
    )
    assert most.polarity == pytest.approx(few.polarity, abs=0.02)
