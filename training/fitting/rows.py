"""The training data of each stage: its rows, and the fit to them."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from bento.model.reading.text import NEGATION_SUFFIX
from bento.model.reading.tokens import REPLY
from training.errors import DataError
from training.fitting import features, ties
from training.fitting.documents.idioms import idioms
from training.fitting.documents.plain_sentences import plain_sentences
from training.fitting.given_names import have_name
from training.fitting.lexicon import Opinions
from training.fitting.recipe import Recipe

__all__ = ["Linear", "Rows", "stage_rows"]


@dataclass(frozen=True)
class Linear:
    """A fitted stage: a regression on the columns of its terms, (terms, columns)."""

    columns: sparse.csr_array
    regression: LogisticRegression

    def logits(self, matrix: sparse.csr_array) -> NDArray[np.float64]:
        """The logit of each row."""
        return np.asarray(matrix @ self.weights + self.regression.intercept_[0])

    @property
    def weights(self) -> NDArray[np.float64]:
        """(terms,): the total weight of each term."""
        return np.asarray(self.columns @ self.regression.coef_[0])


@dataclass(frozen=True)
class Rows:
    """The training data of a stage: its name and matrix, and for each row its target, weight (0:
    unused) and fold (-1: none). `c` is the inverse strength of the L2 penalty. `columns` gives the
    terms' columns, without using the labels of the given fold."""

    stage: str
    matrix: sparse.csr_array
    target: NDArray[np.bool_]
    weight: NDArray[np.float64]
    fold: NDArray[np.int64]
    c: float
    columns: Callable[[int | None], sparse.csr_array]

    def fit(self, without: int | None = None, start: Sequence[Linear] = ()) -> Linear:
        """Fit to all rows, or to those outside the fold `without`. To begin with the mean of the
        fits `start` takes half the time. Raises DataError if all rows have the same target."""
        used = self.weight > 0
        if without is not None:
            used &= self.fold != without
        if len(np.unique(self.target[used])) < 2:
            raise DataError(f"The training data does not show what the stage {self.stage} tells.")
        columns = self.columns(without)
        model = LogisticRegression(C=self.c, max_iter=300, warm_start=bool(start))
        if start:
            model.coef_ = np.mean([each.regression.coef_ for each in start], axis=0)
            model.intercept_ = np.mean([each.regression.intercept_ for each in start], axis=0)
        # The vectors are small: more threads gain nothing, and add floats in another order.
        with threadpool_limits(limits=1, user_api="blas"):
            model.fit(self.matrix[used] @ columns, self.target[used], self.weight[used])
        return Linear(columns, model)


def stage_rows(
    table: pd.DataFrame,
    documents: list[list[str]],
    fold: NDArray[np.int64],
    counts: sparse.csr_array,
    vectoriser: Pipeline,
    valences: dict[str, float],
    opinions: Sequence[Opinions],
    recipe: Recipe,
) -> dict[str, Rows]:
    """The rows of each stage.

    They are the texts of the table, sentences of its reviews, the idioms, the plain sentences
    twice (with target True and with target False), and the entries of VADER's lexicon.

    Args:
        table: n texts, with the columns label, source and weight.
        documents: their tokens.
        fold: (n,), the fold of each text.
        counts: (n, terms), the binary counts of the documents.
        vectoriser: the fitted pipeline that made them.
        valences: VADER's lexicon.
        opinions: the other lexicons.
        recipe: the settings of the model.
    """
    terms = list(vectoriser[0].get_feature_names_out())
    reviews = np.flatnonzero((table["source"] == "imdb").to_numpy())
    sentences = [(row, part) for row in reviews for part in features.sentences(documents[row])]
    if len(sentences) > recipe.sentences:
        chosen = random.Random(0).sample(range(len(sentences)), recipe.sentences)  # noqa: S311
        sentences = [sentences[i] for i in sorted(chosen)]
    origin = np.array([row for row, _ in sentences], dtype=int)
    phrases = idioms()
    meaning = np.array(list(phrases.values()))
    is_neutral = meaning == "neutral"
    plain, plain_labels = zip(*plain_sentences(), strict=True)
    sentiment = np.array(plain_labels)
    sentence_counts, idiom_counts, plain_counts, entry_counts = (
        features.count(tokens, terms)
        for tokens in (
            [tokens for _, tokens in sentences],
            features.tokenise(phrases),
            features.tokenise(plain),
            [[entry] for entry in valences],
        )
    )
    blocks = counts, sentence_counts, idiom_counts, plain_counts, plain_counts, entry_counts
    matrix = sparse.csr_array(vectoriser[1:].transform(sparse.vstack(blocks, format="csr")))
    lengths = [block.shape[0] for block in blocks]
    folds = np.concatenate([fold, fold[origin], np.full(sum(lengths[2:]), -1)])

    own = table["weight"].to_numpy(dtype=np.float64)
    positive = (table["label"] == "positive").to_numpy()
    polarity = recipe.polarity_weights(table) * own
    valence = np.array(list(valences.values()))
    negated = np.array([entry.endswith(NEGATION_SUFFIX) for entry in valences])
    unscaled = np.ones(len(terms))
    polarity_ties = ties.polarity_ties(terms, valences, opinions, recipe.tie)
    # A given name has no weight, nor has a reply that says nothing.
    silent = have_name(terms) | (np.array(terms) == REPLY)
    judging = sparse.diags_array((~silent).astype(np.float32))
    neutrality_columns = ties.term_columns(
        unscaled, ties.neutrality_ties(terms, valences, opinions)
    )
    plain_columns = ties.term_columns(unscaled)

    def polarity_columns(without: int | None) -> sparse.csr_array:
        # The ratio depends on labels; those of the held-out fold would leak into its predictions.
        weight = polarity * (fold != without)
        ratio = ties.log_count_ratio(counts, positive, weight)
        return sparse.csr_array(judging @ ties.term_columns(recipe.prior + ratio, polarity_ties))

    def rows(
        stage: str,
        c: float,
        columns: Callable[[int | None], sparse.csr_array],
        *blocks: tuple[NDArray[np.bool_] | bool, NDArray[np.float64] | float],
    ) -> Rows:
        unused = [(False, 0.0)] * (len(lengths) - len(blocks))
        targets, weights = zip(*blocks, *unused, strict=True)
        return Rows(
            stage=stage,
            matrix=matrix,
            target=np.concatenate(list(map(np.broadcast_to, targets, lengths))),
            weight=np.concatenate(list(map(np.broadcast_to, weights, lengths))),
            fold=folds,
            c=c,
            columns=columns,
        )

    def neutrality(stage: str, weight: NDArray[np.float64]) -> Rows:
        return rows(
            stage,
            recipe.neutrality_c,
            lambda _: neutrality_columns,
            ((table["label"] == "neutral").to_numpy(), weight * own),
            (False, 0.0),
            (is_neutral, np.where(is_neutral, recipe.neutral_idiom, recipe.idiom)),
            (sentiment == "neutral", recipe.plain),
        )

    stages = [
        rows(
            "polarity",
            recipe.polarity_c,
            polarity_columns,
            (positive, polarity),
            (positive[origin], recipe.sentence_weight * own[origin]),
            (meaning == "positive", recipe.idiom * ~is_neutral),
            # Neutral sentences count as positive and as negative.
            (True, recipe.plain * (sentiment != "negative")),
            (False, recipe.plain * (sentiment != "positive")),
            (valence > 0, np.where(negated, recipe.negated, recipe.lexicon) * np.abs(valence)),
        ),
        neutrality("neutrality", recipe.neutrality_weights(table)),
        neutrality("post_neutrality", recipe.post_neutrality_weights(table)),
        rows(
            "no_review",
            recipe.no_review_c,
            lambda _: plain_columns,
            (recipe.may_be_neutral(table), recipe.no_review_weights(table) * own),
            (False, 0.1 * own[origin]),
            (False, 0.0),
            (True, recipe.plain),
        ),
        rows(
            "post",
            recipe.post_c,
            lambda _: plain_columns,
            (recipe.are_posts(table), recipe.post_weights(table) * own),
        ),
    ]
    return {each.stage: each for each in stages}
