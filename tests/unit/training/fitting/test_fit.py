"""Training on a few sentences: the artifact answers like scikit-learn."""

from itertools import chain

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from bento.model.calibration import STAGES
from bento.model.model import Model
from tests.support.sentences import FILLERS, WORDS, quiet, sentences
from training.data import cleaning
from training.data.corpus import COMMENTS
from training.errors import DataError
from training.fitting import features
from training.fitting.fit import Fitted, fit, term_counts
from training.fitting.recipe import Recipe
from training.fitting.rows import Rows

RECIPE = Recipe()
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
    matrix = fitted.vectoriser[1:].transform(term_counts(fitted.vectoriser, texts))
    expected = np.column_stack(
        [stage.regression.decision_function(matrix @ stage.columns) for stage in fitted.stages]
    )
    of_stages = np.column_stack([stage.logits(matrix) for stage in fitted.stages])
    # The weights are float32: the error grows with the terms that are summed, not with the sum.
    size = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(of_stages, expected, atol=2e-6 * size, rtol=1e-5)
    np.testing.assert_allclose(model.logits(texts), of_stages, atol=2e-7 * size, rtol=1e-6)


def test_posts_are_told_from_comments_and_have_a_neutrality_of_their_own() -> None:
    # "rally" is neutral in tweets and an opinion in comments, "parcel" the other way round.
    kinds = {
        ("tweets", "neutral"): "rally tonight",
        ("tweets", "positive"): "parcel lovely tonight",
        (COMMENTS, "neutral"): "parcel thanks",
        (COMMENTS, "positive"): "rally lovely thanks",
    }
    rows = [
        (f"{words} {FILLERS[i % 7]} {FILLERS[i % 5]} number{i}", label, source)
        for (source, label), words in kinds.items()
        for i in range(60)
    ]
    more = cleaning.clean(pd.DataFrame(rows, columns=["text", "label", "source"]))
    table = pd.concat([sentences(), more], ignore_index=True)
    model = Model(fit(table, RECIPE, quiet).artifact())
    column = {stage: number for number, stage in enumerate(STAGES)}
    rally, parcel, tonight, thanks = model.logits(["rally", "parcel", "tonight", "thanks"])
    assert tonight[column["post"]] > 0.5 > -0.5 > thanks[column["post"]]
    assert rally[column["neutrality"]] < parcel[column["neutrality"]]
    assert rally[column["post_neutrality"]] > parcel[column["post_neutrality"]]


def test_a_fit_that_begins_elsewhere_ends_at_the_same_weights() -> None:
    chance = np.random.default_rng(0)
    matrix = sparse.csr_array(chance.normal(size=(300, 5)))
    rows = Rows(
        stage="polarity",
        matrix=matrix,
        target=matrix.toarray() @ [1.0, -2.0, 0.5, 0.0, 1.0] + chance.normal(size=300) > 0,
        weight=np.ones(300),
        fold=np.arange(300) % 3,
        c=1.0,
        columns=lambda _: sparse.csr_array(sparse.eye_array(5)),
    )
    of_folds = [rows.fit(fold) for fold in range(3)]
    np.testing.assert_allclose(rows.fit(start=of_folds).weights, rows.fit().weights, atol=2e-3)
    assert not np.allclose(of_folds[0].weights, rows.fit().weights, atol=2e-3)


@pytest.mark.parametrize("sources", [RECIPE.posts, [COMMENTS]])
def test_data_without_posts_or_without_our_comments_are_refused(
    table: pd.DataFrame, sources: list[str]
) -> None:
    rest = table[~table["source"].isin(sources)].reset_index(drop=True)
    with pytest.raises(DataError, match="what the stage post tells"):
        fit(rest, RECIPE, quiet)


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
