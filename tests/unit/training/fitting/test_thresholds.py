"""The thresholds of confidence for answers that are right as often as their scores say."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bento.model.model import CLASSES
from training.data.corpus import UNSEEN
from training.fitting.recipe import Recipe
from training.fitting.thresholds import thresholds

ROWS = 4_000


def calibrated() -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(ROWS, 3) probabilities, and (ROWS,) whether the most likely class is right."""
    chance = np.random.default_rng(0)
    scores = chance.uniform(0.4, 1, ROWS)
    predicted = np.repeat((1 - scores)[:, None] / 2, 3, axis=1)
    predicted[np.arange(ROWS), chance.integers(3, size=ROWS)] = scores
    return predicted, chance.random(ROWS) < scores


def labels(predicted: NDArray[np.float64], right: NDArray[np.bool_]) -> NDArray[np.str_]:
    answers = predicted.argmax(axis=1)
    found: NDArray[np.str_] = np.array(CLASSES)[np.where(right, answers, (answers + 1) % 3)]
    return found


def test_high_confidence_has_the_wanted_accuracy_in_each_source() -> None:
    predicted, right = calibrated()
    source = np.arange(ROWS) % 2
    table = pd.DataFrame(
        {"label": labels(predicted, right), "source": np.where(source, "tweets", "imdb")}
    )
    recipe = Recipe()
    limits = thresholds(table, predicted, recipe)
    assert 1 / 3 < limits.medium < limits.high < 1
    for number in (0, 1):
        high = (predicted.max(axis=1) >= limits.high) & (source == number)
        assert right[high].mean() >= recipe.high


def test_high_confidence_has_the_wanted_accuracy_for_each_answer_to_unseen_comments() -> None:
    # Only a twentieth of the answers "positive" is wrong.
    count = 400
    classes = np.repeat([0, 1, 2], count)
    predicted = np.full((3 * count, 3), 0.05)
    predicted[np.arange(3 * count), classes] = 0.9
    label = np.array(["negative", "neutral", "positive"])[classes]
    label[2 * count : 2 * count + count // 20] = "negative"
    rare = pd.DataFrame({"label": label, "source": UNSEEN})
    recipe = Recipe(high=0.96)
    assert (rare["label"] == np.repeat(["negative", "neutral", "positive"], count)).mean() > 0.96
    assert thresholds(rare, predicted, recipe).high > 0.9
    assert thresholds(rare.assign(source="tweets"), predicted, recipe).high <= 0.9


def test_uncertain_answers_never_have_high_confidence() -> None:
    table = pd.DataFrame({"label": ["negative", "positive"] * (ROWS // 2), "source": "imdb"})
    guess = np.full((ROWS, 3), 1 / 3)
    assert thresholds(table, guess, Recipe()).high == 1
