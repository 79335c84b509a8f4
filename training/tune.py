"""Tunes how readily an artifact calls a text neutral, without training.

A text is neutral if P(neutral) is the largest of the three. A bias b on the log-odds of neutral
makes it so exactly if b > log(max(P(negative), P(positive)) / P(neutral)), which is known for each
text from its probabilities without the bias.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bento.model.artifact import Artifact
from bento.model.manifest import Tuning
from bento.model.model import CLASSES, Model
from training.data import cleaning, corpus
from training.errors import DataError
from training.fitting.recipe import Recipe
from training.fitting.thresholds import thresholds

__all__ = ["LEAST_TEXTS", "Tuned", "bias_for_share", "curve", "tune"]

_BIASES = np.linspace(-2, 2, 17)
"""Points of the curve; beyond them nearly no text changes."""


LEAST_TEXTS = 100
"""The fewest texts that can have a neutral share."""


@dataclass(frozen=True)
class Tuned:
    """A tuned artifact, and what it does on the unseen comments and posts: the share of the neutral
    ones that it finds, and of the others that it judges right."""

    artifact: Artifact
    neutral_recall: float
    accuracy: float


def tune(artifact: Artifact, bias: float) -> Tuned:
    """The artifact with `bias` added to the log-odds of neutral that training gave it. Earlier
    tuning is replaced. The thresholds of confidence are checked again on the unseen comments and
    posts, and the accuracy on these replaces the artifact's metrics. Raises DataError if the bias
    is not a number."""
    if not math.isfinite(bias):
        raise DataError(f"The neutral bias must be a number, not {bias}.")
    before = artifact.manifest.tuning
    trained = before.base if before else artifact.digest
    change = bias - (before.neutral_bias if before else 0.0)
    changed = _with(
        artifact,
        tuning=Tuning(trained, bias),
        calibration=artifact.manifest.calibration.with_bias(change, change),
    )
    rows = corpus.unseen(corpus.read()).groupby("source")
    table = pd.concat([cleaning.clean(part) for _, part in rows])
    probabilities = Model(changed).probabilities(list(table["text"]))
    measured = thresholds(table, probabilities, Recipe())
    was = artifact.manifest.thresholds
    high, medium = max(was.high, measured.high), max(was.medium, measured.medium)
    right = np.array(CLASSES)[probabilities.argmax(axis=1)] == table["label"].to_numpy()
    neutral = (table["label"] == "neutral").to_numpy()
    metrics = {
        source: {"classes": len(CLASSES), "rows": len(part), "accuracy": float(part.mean())}
        for source, part in pd.Series(right).groupby(table["source"].to_numpy())
    }
    return Tuned(
        _with(
            changed,
            thresholds=msgspec.structs.replace(was, high=high, medium=medium),
            metrics=metrics,
        ),
        neutral_recall=float(right[neutral].mean()),
        accuracy=float(right[~neutral].mean()),
    )


def bias_for_share(artifact: Artifact, texts: Sequence[str], share: float) -> float:
    """The bias, relative to the trained artifact, with which the `share` (0 to 1) of the texts is
    neutral, or as near to it as texts with equal answers allow.

    Raises DataError if the share is too low, as texts of too few known words are neutral with any
    bias, or if there are so few texts that their share tells nothing.
    """
    if len(texts) < LEAST_TEXTS:
        raise DataError(f"{len(texts)} texts have no share to speak of: it takes {LEAST_TEXTS}.")
    needed = np.sort(_needed(Model(_untuned(artifact)).probabilities(texts)))
    count = round(share * len(needed))
    fixed = int(np.isneginf(needed).sum())
    if count < fixed:
        raise DataError(
            f"A neutral share of {share:.0%} cannot be had on these texts: "
            f"unknown words make {fixed} of {len(needed)} neutral with any bias."
        )
    finite = needed[fixed:]
    if not len(finite):
        return 0.0
    ends = np.concatenate(([finite[0] - 1], finite, [finite[-1] + 1]))
    return float(ends[count - fixed : count - fixed + 2].mean())


def curve(labels: pd.Series, probabilities: NDArray[np.float64]) -> list[dict[str, Any]]:
    """What a bias does on labelled texts, given their probabilities (n, 3) without it: for each
    `bias` the `neutral_recall`, and the `accuracy` on texts with an opinion, where neutral counts
    as wrong."""
    needed = _needed(probabilities)
    neutral = (labels == "neutral").to_numpy()
    poles = np.where(probabilities[:, 0] > probabilities[:, 2], "negative", "positive")
    right = (poles == labels.to_numpy()) & ~neutral
    return [
        {
            "bias": float(bias),
            "neutral_recall": float((needed < bias)[neutral].mean()),
            "accuracy": float((right & (needed >= bias))[~neutral].mean()),
        }
        for bias in _BIASES
    ]


def _untuned(artifact: Artifact) -> Artifact:
    """The artifact as it was trained, but for its digest and thresholds."""
    before = artifact.manifest.tuning
    bias = before.neutral_bias if before else 0.0
    calibration = artifact.manifest.calibration.with_bias(-bias, -bias)
    return _with(artifact, tuning=None, calibration=calibration)


def _needed(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,): the bias above which each text is neutral; -inf for texts without an opinion."""
    negative, neutral, positive = probabilities.T
    with np.errstate(divide="ignore"):
        needed = np.log(np.maximum(negative, positive)) - np.log(neutral)
    no_opinion = np.isclose(probabilities, 1 / 3, rtol=0, atol=1e-8).all(axis=1)
    return np.where(no_opinion, -np.inf, needed)


def _with(artifact: Artifact, **changes: Any) -> Artifact:
    manifest = msgspec.structs.replace(artifact.manifest, digest="", **changes)
    return msgspec.structs.replace(artifact, manifest=manifest)
