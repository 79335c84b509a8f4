"""Fits the stages, calibrates them on out-of-fold predictions, and fuses the result into an
artifact."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline

from bento.model.artifact import Artifact
from bento.model.calibration import STAGES, Calibration, has_post_mark
from bento.model.manifest import Manifest, Thresholds
from bento.model.model import CLASSES
from bento.model.reading.text import NEGATION_SUFFIX
from bento.model.reading.text import terms as terms_of
from bento.model.vocabulary import Terms, speller
from training.data.split import near_duplicates
from training.errors import DataError
from training.fitting import features, lexicon, words
from training.fitting.calibrate import calibrate, probabilities
from training.fitting.documents.idioms import idioms
from training.fitting.recipe import Recipe
from training.fitting.rows import Linear, stage_rows
from training.fitting.thresholds import thresholds

__all__ = ["Fitted", "Track", "fit", "term_counts"]

Track = Callable[[Iterable[Any], str, int], Iterable[Any]]
"""`track(items, description, total)` passes the items through and shows the progress."""


@dataclass(frozen=True)
class Fitted:
    """The trained model as scikit-learn objects. `stages` has the order of STAGES; `documents` is
    the number of training texts."""

    vectoriser: Pipeline
    stages: tuple[Linear, ...]
    calibration: Calibration
    thresholds: Thresholds
    documents: int
    recipe: Recipe

    def artifact(self, **about: Any) -> Artifact:
        """The model as data; `about` are further fields of `bento.model.manifest.Manifest`."""
        names = self.vectoriser[0].get_feature_names_out()
        terms = Terms.of(names)
        row = {name: i for i, name in enumerate(terms.names())}
        rows = [row[name] for name in names]
        # Tokens known only from pairs have a row, but neither idf nor weights.
        idf = np.zeros(len(row), dtype=np.float32)
        idf[rows] = self.vectoriser[1].idf_
        weights = np.zeros((len(row), len(STAGES)), dtype=np.float32)
        weights[rows] = np.stack([stage.weights for stage in self.stages], axis=1)
        return Artifact(
            manifest=Manifest(
                classes=CLASSES,
                damping=self.recipe.damping,
                # scikit-learn's formula for a term that no document has.
                unseen=float(np.log(1 + self.documents) + 1),
                calibration=self.calibration,
                thresholds=self.thresholds,
                settings=asdict(self.recipe),
                **about,
            ),
            terms=terms,
            idf=idf,
            weights=weights,
            intercepts=np.array([float(s.regression.intercept_[0]) for s in self.stages]),
        )


def fit(
    table: pd.DataFrame, recipe: Recipe, track: Track, unseen: pd.DataFrame | None = None
) -> Fitted:
    """Train on a cleaned table (columns text, label, source, words, and optionally weight: a factor
    for the weight of the row). The calibration and the thresholds are fitted to out-of-fold
    predictions for the table and to those for the `unseen` texts of other domains and authors (same
    columns).

    Deterministic: the same rows in the same order with the same recipe give the same numbers.
    Raises DataError if a class has no rows, or a stage only rows of one kind.
    """
    if missing := set(CLASSES) - set(table["label"]):
        raise DataError(f"The training data has no {' and no '.join(sorted(missing))} texts.")
    if "weight" not in table:
        table = table.assign(weight=1.0)
    documents = features.tokenise(track(table["text"], "Tokenising", len(table)))
    valences = lexicon.valences()
    phrases = features.tokenise(idioms())
    always = {*valences, *lexicon.entries(), *chain.from_iterable(map(terms_of, phrases))}
    documents = features.read(documents, words.known(documents, always, recipe.min_tokens))
    vectoriser, counts = features.vectorise(
        documents,
        always=always,
        min_tokens=recipe.min_tokens,
        min_pairs=recipe.min_pairs,
        damping=recipe.damping,
    )
    groups = near_duplicates(table["words"])
    fold = np.zeros(len(table), dtype=int)
    for number, (_, held_out) in enumerate(
        GroupKFold(recipe.folds).split(documents, groups=groups)
    ):
        fold[held_out] = number
    rows = stage_rows(
        table, documents, fold, counts, vectoriser, valences, lexicon.opinions(), recipe
    )
    jobs = [(stage, number) for stage in STAGES for number in (*range(recipe.folds), None)]
    logits = np.zeros((len(table), len(STAGES)))
    stages: list[Linear] = []
    of_folds: list[Linear] = []
    for stage, number in track(jobs, "Fitting", len(jobs)):
        if number is None:
            stages.append(rows[stage].fit(start=of_folds))
            of_folds.clear()
        else:
            of_folds.append(rows[stage].fit(number))
            held_out = np.flatnonzero(fold == number)
            matrix = rows[stage].matrix[held_out]
            logits[held_out, STAGES.index(stage)] = of_folds[-1].logits(matrix)
    measured = table
    if unseen is not None and len(unseen):
        others = term_counts(vectoriser, unseen["text"])
        logits = np.concatenate([logits, _logits(vectoriser, stages, others)])
        measured = pd.concat([table, unseen], ignore_index=True)
    measured = measured.assign(post_mark=measured["text"].map(has_post_mark))
    calibration = calibrate(logits, measured, recipe)
    predicted = probabilities(calibration, logits, measured["post_mark"])
    return Fitted(
        vectoriser=vectoriser,
        stages=tuple(stages),
        calibration=calibration,
        thresholds=thresholds(measured, predicted, recipe),
        documents=len(documents),
        recipe=recipe,
    )


def term_counts(vectoriser: Pipeline, texts: Iterable[str]) -> sparse.csr_array:
    """(texts, terms): the binary counts of the texts' terms, read by the vectoriser's own words."""
    names = vectoriser[0].get_feature_names_out()
    is_word = [" " not in name and not name.endswith(NEGATION_SUFFIX) for name in names]
    known = speller(names[is_word], vectoriser[1].idf_[is_word])
    return vectoriser[0].transform(features.tokenise(texts, known)).astype(np.float64)


def _logits(
    vectoriser: Pipeline, stages: Sequence[Linear], counts: sparse.csr_array
) -> NDArray[np.float64]:
    matrix = vectoriser[1:].transform(counts)
    return np.column_stack([stage.logits(matrix) for stage in stages])
