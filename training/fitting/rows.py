"""What each stage is fitted on: the texts, and what stands beside them."""

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

from training.fitting import features, ties
from training.fitting.idioms import idioms
from training.fitting.plain_sentences import plain as plain_sentences
from training.fitting.recipe import Recipe

__all__ = ["Linear", "Rows", "stage_rows"]


@dataclass(frozen=True)
class Linear:
    """A stage: a regression on terms and what ties them, (terms, columns)."""

    ties: sparse.csr_array
    regression: LogisticRegression

    def decide(self, matrix: sparse.csr_array) -> NDArray[np.float64]:
        """The logit of each row."""
        return np.asarray(self.regression.decision_function(matrix @ self.ties))

    @property
    def weights(self) -> NDArray[np.float64]:
        """(terms,): what the ties amount to."""
        return np.asarray(self.ties @ self.regression.coef_[0])


@dataclass(frozen=True)
class Rows:
    """What a stage is fitted on: its matrix, and for each row target, weight (0: not used) and fold
    (-1: in none). `tied` gives the ties by the number of the fold that must not be looked at."""

    matrix: sparse.csr_array
    target: NDArray[np.bool_]
    weight: NDArray[np.float64]
    fold: NDArray[np.int64]
    c: float
    tied: Callable[[int | None], sparse.csr_array]

    def fit(self, without: int | None) -> Linear:
        used = self.weight > 0
        if without is not None:
            used &= self.fold != without
        tied = self.tied(without)
        model = LogisticRegression(C=self.c, tol=1e-5, max_iter=300)
        # Its vectors are small: more threads gain nothing, and add up floats in another order.
        with threadpool_limits(limits=1, user_api="blas"):
            model.fit(self.matrix[used] @ tied, self.target[used], self.weight[used])
        return Linear(tied, model)


def stage_rows(
    table: pd.DataFrame,
    documents: list[list[str]],
    fold: NDArray[np.int64],
    counts: sparse.csr_array,
    vectoriser: Pipeline,
    valences: dict[str, float],
    recipe: Recipe,
) -> dict[str, Rows]:
    """The rows of each stage: the texts, then sentences of reviews, idioms, plain sentences (twice:
    as praise and as blame), entries of the lexicon."""
    names = list(vectoriser[0].get_feature_names_out())
    reviews = np.flatnonzero((table["source"] == "imdb").to_numpy())
    parts = [(row, part) for row in reviews for part in features.sentences(documents[row])]
    if len(parts) > recipe.sentences:
        chosen = random.Random(0).sample(range(len(parts)), recipe.sentences)  # noqa: S311
        parts = [parts[i] for i in sorted(chosen)]
    origin = np.array([row for row, _ in parts], dtype=int)
    cut = features.count([part for _, part in parts], names)
    phrases = idioms()
    said = features.count(features.tokenise(phrases), names)
    simple, kinds = zip(*plain_sentences(), strict=True)
    kind = np.array(kinds)
    shown = features.count(features.tokenise(simple), names)
    single = _single(list(valences), names)
    every = sparse.vstack([counts, cut, said, shown, shown, single], format="csr")
    matrix = sparse.csr_array(vectoriser[1:].transform(every))

    valence = np.array(list(valences.values()))
    own = table["weight"].to_numpy(dtype=np.float64)
    positive = (table["label"] == "positive").to_numpy()
    polarity = recipe.polarity_weights(table) * own
    praise = np.array(list(phrases.values()))
    phrase_weight = np.full(len(phrases), recipe.idiom)
    ours = len(phrases) + 2 * len(kind) + len(valences)
    folds = np.concatenate([fold, fold[origin], np.full(ours, -1)])

    def ratio(without: int | None) -> NDArray[np.float64]:
        # It reads labels: those of a fold would show in its own predictions.
        seen = polarity * (fold != without)
        return recipe.prior + ties.log_count_ratio(counts, positive, seen)

    plain = np.ones(len(names))
    shared = ties.polarity_ties(names, valences, recipe.tie)
    size = ties.scaled(plain, ties.neutrality_ties(names, valences))
    unshared = ties.scaled(plain, None)

    def rows(
        c: float,
        tied: Callable[[int | None], sparse.csr_array],
        *parts: tuple[NDArray[np.bool_] | bool, NDArray[np.float64] | float],
    ) -> Rows:
        lengths = (len(table), len(origin), len(phrases), len(kind), len(kind), len(valences))
        targets, weights = zip(*parts, strict=True)
        return Rows(
            matrix=matrix,
            target=np.concatenate(list(map(np.broadcast_to, targets, lengths))),
            weight=np.concatenate(list(map(np.broadcast_to, weights, lengths))),
            fold=folds,
            c=c,
            tied=tied,
        )

    return {
        "polarity": rows(
            recipe.polarity_c,
            lambda without: ties.scaled(ratio(without), shared),
            (positive, polarity),
            (positive[origin], recipe.sentence_weight * own[origin]),
            (praise, phrase_weight),
            # What is neutral is as little praise as blame.
            (True, recipe.plain * (kind != "negative")),
            (False, recipe.plain * (kind != "positive")),
            (valence > 0, recipe.lexicon * np.abs(valence)),
        ),
        "neutrality": rows(
            recipe.neutrality_c,
            lambda _: size,
            ((table["label"] == "neutral").to_numpy(), recipe.neutrality_weights(table) * own),
            (False, 0.0),
            (False, phrase_weight),
            (kind == "neutral", recipe.plain),
            (False, 0.0),
            (False, 0.0),
        ),
        "register": rows(
            recipe.register_c,
            lambda _: unshared,
            (recipe.comments(table), recipe.register_weights(table) * own),
            (False, 0.1 * own[origin]),
            (False, 0.0),
            (True, recipe.plain),
            (False, 0.0),
            (False, 0.0),
        ),
    }


def _single(entries: Sequence[str], names: Sequence[str]) -> sparse.csr_array:
    """Each entry as a document of one term."""
    column = {name: i for i, name in enumerate(names)}
    columns = np.array([column[entry] for entry in entries], dtype=np.int32)
    starts = np.arange(len(entries) + 1, dtype=np.int32)
    ones = np.ones(len(entries), dtype=np.float32)
    return sparse.csr_array((ones, columns, starts), shape=(len(entries), len(names)))
