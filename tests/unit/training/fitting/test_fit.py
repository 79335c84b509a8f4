"""Training on a few sentences: the artifact answers like scikit-learn."""

from itertools import chain

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bento.model.model import Model
from tests.support.sentences import FILLERS, WORDS, quiet, sentences
from training.errors import DataError
from training.fitting import features
from training.fitting.fit import Fitted, fit
from training.fitting.recipe import Recipe

ANY = [*FILLERS, "never", "zzqx", ".", *chain.from_iterable(WORDS.values())]


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return sentences()


@pytest.fixture(scope="module")
def fitted(table: pd.DataFrame) -> Fitted:
    return fit(table, Recipe(), quiet)


@pytest.fixture(scope="module")
def model(fitted: Fitted) -> Model:
    return Model(fitted.artifact())


@given(words=st.lists(st.sampled_from(ANY)))
def test_the_artifact_has_the_logits_of_scikit_learn(
    fitted: Fitted, model: Model, words: list[str]
) -> None:
    texts = [" ".join(words), "it works perfectly"]
    expected = fitted.logits(texts)
    # The weights are float32: the error grows with the terms that are summed, not with the sum.
    size = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(model.logits(texts), expected, atol=2e-7 * size, rtol=1e-6)


def test_it_learns(model: Model) -> None:
    texts = ["a great fantastic movie", "it was awful", "the report arrives monday"]
    answers = [answer.sentiment for answer in model.classify(texts)]
    assert answers == ["positive", "negative", "neutral"]


def test_a_class_without_rows_is_named(table: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="no neutral texts"):
        fit(table[table["label"] != "neutral"], Recipe(), quiet)


def test_thresholds_are_in_order(fitted: Fitted) -> None:
    assert 0 < fitted.thresholds.medium <= fitted.thresholds.high <= 1


def test_the_weights_of_rows_are_used(table: pd.DataFrame, model: Model) -> None:
    heavy = table.assign(weight=np.where(table["label"] == "positive", 20.0, 1.0))
    praise = list(table["text"][table["label"] == "positive"])
    weighted = Model(fit(heavy, Recipe(), quiet).artifact())
    assert weighted.logits(praise)[:, 0].mean() > model.logits(praise)[:, 0].mean()


def test_plain_sentences_keep_things_that_are_only_blamed_neutral(table: pd.DataFrame) -> None:
    has_phone = table["text"].str.contains("phone")
    blamed = table[~has_phone | (table["label"] == "negative")].reset_index(drop=True)
    [before], [after] = (
        Model(fit(blamed, recipe, quiet).artifact()).logits(["the phone"])
        for recipe in (Recipe(plain=0.0), Recipe())
    )
    assert before[0] < -0.5
    assert abs(after[0]) < abs(before[0]) / 2
    assert after[1] > before[1]


def test_counts_equal_those_of_scikit_learn(fitted: Fitted) -> None:
    documents = features.tokenise(["not a great movie !", "zzqx", ""])
    terms = fitted.vectoriser[0].get_feature_names_out()
    counts = features.count(documents, list(terms))
    assert (counts != fitted.vectoriser[0].transform(documents)).nnz == 0
