"""Fit the two stages, calibrate them on predictions for rows they did not see, and fuse all of it
into an artifact."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline

from bento.artifact import Artifact, Manifest, Thresholds
from bento.model import CLASSES
from training import features, lexicon
from training.errors import DataError
from training.recipe import Recipe, Stage
from training.split import near_duplicates

__all__ = ["Fitted", "Track", "fit"]

Track = Callable[[Iterable[Any], str, int], Iterable[Any]]
"""`track(items, what, how_many)` passes the items through and shows how far it got."""


@dataclass(frozen=True)
class Fitted:
    """The model in scikit-learn's terms. `stages` are neutrality and polarity; `calibration`
    (2, 2) is slope and offset of each stage's logit."""

    stems: dict[str, str]
    vectoriser: Pipeline
    stages: tuple[LogisticRegression, LogisticRegression]
    calibration: NDArray[np.float64]
    thresholds: Thresholds
    recipe: Recipe

    def logits(self, texts: Iterable[str]) -> NDArray[np.float64]:
        """(texts, 2): what `bento.model.Model.logits` gives, by scikit-learn's own means."""
        matrix = self.vectoriser.transform(texts)
        raw = np.column_stack([stage.decision_function(matrix) for stage in self.stages])
        return raw * self.calibration[:, 0] + self.calibration[:, 1]

    def artifact(self, **about: Any) -> Artifact:
        """The model as data; `about` are further fields of `bento.artifact.Manifest`."""
        slopes, offsets = self.calibration.T
        weights = np.stack([stage.coef_[0] for stage in self.stages], axis=1) * slopes
        intercepts = np.array([stage.intercept_[0] for stage in self.stages]) * slopes + offsets
        return Artifact(
            manifest=Manifest(
                classes=CLASSES,
                damping=self.recipe.damping,
                thresholds=self.thresholds,
                settings=asdict(self.recipe),
                **about,
            ),
            features=list(self.vectoriser[0].get_feature_names_out()),
            idf=self.vectoriser[1].idf_.astype(np.float32),
            weights=weights.astype(np.float32),
            intercepts=intercepts,
            stems=self.stems,
        )


def fit(table: pd.DataFrame, recipe: Recipe, track: Track) -> Fitted:
    """Train on a cleaned table (columns text, label, source, words).

    Deterministic: equal rows in equal order and equal settings give equal numbers. Raises
    DataError where a class has no rows.
    """
    if missing := set(CLASSES) - set(table["label"]):
        raise DataError(f"The training data has no {' and no '.join(sorted(missing))} texts.")
    texts = table["text"]
    words = chain(track(texts, "Stemming the vocabulary", len(texts)), lexicon.entries())
    stems = features.stems(words)
    documents = lexicon.documents(stems)
    vectoriser, matrix = features.vectorise(
        track(texts, "Counting terms", len(texts)),
        table=stems,
        always=documents["term"],
        min_df=recipe.min_df,
        max_features=recipe.max_features,
        damping=recipe.damping,
    )
    problems = _problems(table, recipe, matrix, documents, vectoriser)
    groups = near_duplicates(table["words"])
    folds = list(GroupKFold(recipe.folds).split(texts, groups=groups))
    jobs = [(i, problem, held) for i, problem in enumerate(problems) for _, held in folds]
    logits = np.zeros((len(table), len(problems)))
    for i, problem, held in track(jobs, "Calibrating", len(jobs)):
        logits[held, i] = problem.fit(without=held).decision_function(matrix[held])
    source = table["source"].to_numpy(dtype=np.str_)
    calibration = np.array([p.calibrate(logits[:, i], source) for i, p in enumerate(problems)])
    calibrated = logits * calibration[:, 0] + calibration[:, 1]
    neutrality, polarity = (problem.fit() for problem in track(problems, "Fitting", len(problems)))
    return Fitted(
        stems=stems,
        vectoriser=vectoriser,
        stages=(neutrality, polarity),
        calibration=calibration,
        thresholds=_thresholds(calibrated, table["label"], recipe),
        recipe=recipe,
    )


@dataclass(frozen=True)
class _Problem:
    """One stage's texts and lexicon documents with target (True, False) and weight for each."""

    stage: Stage
    matrix: sparse.csr_array
    target: NDArray[np.bool_]
    weight: NDArray[np.float64]
    extra: sparse.csr_array
    extra_target: NDArray[np.bool_]
    extra_weight: NDArray[np.float64]

    def fit(self, without: NDArray[np.int64] | None = None) -> LogisticRegression:
        used = self.weight > 0
        if without is not None:
            used[without] = False
        matrix = sparse.vstack([self.matrix[used], self.extra], format="csr")
        target = np.concatenate([self.target[used], self.extra_target])
        weight = np.concatenate([self.weight[used], self.stage.lexicon * self.extra_weight])
        # liblinear is as accurate as the other solvers here and several times faster.
        model = LogisticRegression(C=self.stage.c, solver="liblinear", tol=1e-3, random_state=0)
        return model.fit(matrix, target, sample_weight=weight)

    def calibrate(
        self, logits: NDArray[np.float64], source: NDArray[np.str_]
    ) -> tuple[float, float]:
        """Platt's slope and offset (Platt 1999), on rows as they are, not as they are weighted, of
        the sources that have both targets: the others cannot tell how likely each is."""
        used = self.weight > 0
        mixed = set(source[used & self.target]) & set(source[used & ~self.target])
        used &= np.isin(source, list(mixed))
        platt = LogisticRegression(C=1e6).fit(logits[used, None], self.target[used])
        return platt.coef_[0, 0], platt.intercept_[0]


def _problems(
    table: pd.DataFrame,
    recipe: Recipe,
    matrix: sparse.csr_array,
    documents: pd.DataFrame,
    vectoriser: Pipeline,
) -> tuple[_Problem, _Problem]:
    column = {term: i for i, term in enumerate(vectoriser[0].get_feature_names_out())}
    ones = np.ones(len(documents))
    # liblinear takes 32-bit indices only.
    columns = np.array([column[term] for term in documents["term"]], dtype=np.int32)
    rows = np.arange(len(documents) + 1, dtype=np.int32)
    single = sparse.csr_array((ones, columns, rows), shape=(len(documents), len(column)))
    extra = sparse.csr_array(vectoriser[1:].transform(single))
    valence = documents["weight"].to_numpy()
    neutrality = _Problem(
        stage=recipe.neutrality,
        matrix=matrix,
        target=(table["label"] != "neutral").to_numpy(),
        weight=recipe.neutrality_weights(table),
        extra=extra,
        extra_target=ones == 1,
        extra_weight=valence,
    )
    polarity = _Problem(
        stage=recipe.polarity,
        matrix=matrix,
        target=(table["label"] == "positive").to_numpy(),
        weight=recipe.polarity_weights(table),
        extra=extra,
        extra_target=(documents["label"] == "positive").to_numpy(),
        extra_weight=valence,
    )
    return neutrality, polarity


def _thresholds(logits: NDArray[np.float64], labels: pd.Series, recipe: Recipe) -> Thresholds:
    polar, positive = (1 / (1 + np.exp(-logits))).T
    table = np.column_stack((polar * (1 - positive), 1 - polar, polar * positive))
    right = np.array(CLASSES)[table.argmax(axis=1)] == labels.to_numpy()
    scores = table.max(axis=1)
    high = _lowest(scores, right, recipe.high)
    below = scores < high
    return Thresholds(
        high=high,
        medium=min(high, _lowest(scores[below], right[below], recipe.medium)),
        unknown=recipe.unknown,
    )


def _lowest(scores: NDArray[np.float64], right: NDArray[np.bool_], wanted: float) -> float:
    """The lowest score from which on the share of right answers is as wanted; 1 if none is."""
    order = np.argsort(-scores, kind="stable")
    accuracy = np.cumsum(right[order]) / np.arange(1, len(scores) + 1)
    reached = np.flatnonzero(accuracy >= wanted)
    return float(scores[order][reached[-1]]) if len(reached) else 1.0
