"""Training on a few sentences: the artifact answers as scikit-learn does, and always the same."""

import random
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bento.model.artifact import load
from bento.model.model import Model
from training.data import cleaning, split
from training.errors import DataError
from training.fitting import features, ties
from training.fitting.fit import Fitted, fit
from training.fitting.recipe import Recipe
from training.train import train

WORDS = {
    "positive": ["great", "lovely", "fantastic", "perfectly", "works", "loved", "😀", ":-)"],
    "negative": ["awful", "terrible", "broken", "hated", "worst", "crashes", "😡", ":-("],
    "neutral": ["monday", "report", "schedule", "arrives", "station", "listed"],
}
FILLING = ["the", "a", "this", "movie", "phone", "it", "was", "is", "not", "and", "it's", "today!"]
ANY = [*FILLING, "never", "zzqx", ".", *chain.from_iterable(WORDS.values())]


def quiet(items: Iterable[Any], _what: str, _how_many: int) -> Iterable[Any]:
    return items


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    chance = random.Random(1)  # noqa: S311
    rows = []
    for source, labels in (("tweets", list(WORDS)), ("imdb", ["positive", "negative"])):
        for i in range(240):
            label = labels[i % len(labels)]
            words = chance.choices(WORDS[label], k=3) + chance.choices(FILLING, k=6)
            chance.shuffle(words)
            rows.append((" ".join(words), label, source))
    return cleaning.clean(pd.DataFrame(rows, columns=["text", "label", "source"]))


@pytest.fixture(scope="module")
def fitted(table: pd.DataFrame) -> Fitted:
    return fit(table, Recipe(), quiet)


@pytest.fixture(scope="module")
def model(fitted: Fitted) -> Model:
    return Model(fitted.artifact())


@settings(deadline=None)
@given(words=st.lists(st.sampled_from(ANY)))
def test_fused_scores_are_scikit_learns(fitted: Fitted, model: Model, words: list[str]) -> None:
    texts = [" ".join(words), "it works perfectly"]
    fused = model.logits(texts)
    np.testing.assert_allclose(fused, fitted.logits(texts), atol=1e-6, rtol=1e-6)


def test_it_learns(model: Model) -> None:
    texts = ["a great fantastic movie", "it was awful", "the report arrives monday"]
    answers = [answer.sentiment for answer in model.classify(texts)]
    assert answers == ["positive", "negative", "neutral"]


def test_two_trainings_have_the_same_digest(
    table: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(split, "HELD_OUT", {"imdb": 20, "tweets": 0.1})
    first = train(table, tmp_path / "first", quiet)
    second = train(table, tmp_path / "second", quiet)
    other = train(table, tmp_path / "other", quiet, recipe=replace(Recipe(), damping=50.0))
    assert first.digest == second.digest == load(tmp_path / "second").digest
    assert other.digest != first.digest
    measured = load(tmp_path / "first").manifest.metrics
    assert list(measured) == ["imdb", "tweets", "tweets, without neutral"]
    assert measured["imdb"]["rows"] == 20
    assert measured["tweets"]["classes"] == 3


def test_a_class_without_rows_is_named(table: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="no neutral texts"):
        fit(table[table["label"] != "neutral"], Recipe(), quiet)


def test_thresholds_are_in_order(fitted: Fitted) -> None:
    assert 0 < fitted.thresholds.medium <= fitted.thresholds.high <= 1


def test_a_rows_weight_counts(table: pd.DataFrame) -> None:
    heavy = table.assign(weight=np.where(table["label"] == "positive", 20.0, 1.0))
    [plain] = Model(fit(table.assign(weight=1.0), Recipe(), quiet).artifact()).logits(["it is"])
    [tipped] = Model(fit(heavy, Recipe(), quiet).artifact()).logits(["it is"])
    assert tipped[0] > plain[0]


def test_a_thing_that_is_only_ever_blamed_is_a_thing_like_others(table: pd.DataFrame) -> None:
    told = table["text"].str.contains("phone")
    blamed = table[~told | (table["label"] == "negative")].reset_index(drop=True)
    without = Recipe(plain=0.0)
    [before], [after] = (
        Model(fit(blamed, recipe, quiet).artifact()).logits(["the phone"])
        for recipe in (without, Recipe())
    )
    assert before[0] < -0.5
    assert abs(after[0]) < abs(before[0]) / 2
    assert after[1] > before[1]


def test_terms_of_one_stem_share_a_column_and_negations_have_two_signs() -> None:
    terms = ["good", "good_NEG", "loved", "loving", "loved it", "😀"]
    tied = ties.polarity_ties(terms, {"good": 2.0, "good_NEG": -1.0}, 0.5).toarray()
    lexicon, negation, *stems = tied.T.tolist()
    assert lexicon == [2, -1, 0, 0, 0, 0]
    assert negation == [0.5, -0.5, 0, 0, 0, 0]
    assert [0, 0, 0.5, 0.5, 0, 0] in stems


def test_the_log_count_ratio_tells_how_telling_a_term_is() -> None:
    counts = features.count([["a", "b"], ["a", "c"]], ["a", "b", "c"])
    ratio = ties.log_count_ratio(counts, np.array([True, False]), np.ones(2))
    assert ratio == pytest.approx([0, np.log(2), np.log(2)])


def test_counts_are_scikit_learns(fitted: Fitted) -> None:
    documents = features.tokenise(["not a great movie !", "zzqx", ""])
    terms = fitted.vectoriser[0].get_feature_names_out()
    own = features.count(documents, list(terms))
    assert (own != fitted.vectoriser[0].transform(documents)).nnz == 0


def test_weights_balance_the_poles_of_each_source() -> None:
    rows = pd.DataFrame(
        {
            "source": ["tweets"] * 4 + ["rotten_tomatoes"] * 2 + ["file:own.csv"],
            "label": ["negative"] * 2 + ["positive", "neutral", "positive", "negative", "positive"],
        }
    )
    assert Recipe().polarity_weights(rows).tolist() == [0.75, 0.75, 1.5, 0, 3, 3, 1]
    assert Recipe().neutrality_weights(rows).tolist() == [1, 1, 1, 1, 0.5, 0.5, 0.05]
    assert Recipe().register_weights(rows).tolist() == [1, 1, 1, 1, 1, 1, 0]
