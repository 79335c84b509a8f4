"""The terms with the largest influence on the class of a text."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bento.model.artifact import Artifact
from bento.model.calibration import STAGES

__all__ = ["top_terms"]

_HOW_MANY = 25


def top_terms(artifact: Artifact) -> dict[str, list[dict[str, Any]]]:
    """For each class, and for neutral posts on social media, the terms with the largest
    `influence`, and their `weight` in the logit.

    The influence of a term is the standard deviation, over the training texts, of its part of the
    logit: |idf·w|·√(p(1 − p)), where p is the share of texts with the term, which follows from idf.
    So a word that occurs once does not outrank one that occurs a thousand times.
    """
    idf = artifact.idf.astype(np.float64)
    # scikit-learn's smooth idf: ln((1 + n) / (1 + df)) + 1.
    share = np.clip(np.exp(1 - idf), 0, 1)
    weights = artifact.weights.astype(np.float64) * idf[:, None]
    influence = weights * np.sqrt(share * (1 - share))[:, None]
    signs = {
        "negative": ("polarity", -1),
        "neutral": ("neutrality", 1),
        "neutral, as a post": ("post_neutrality", 1),
        "positive": ("polarity", 1),
    }
    columns = {label: (STAGES.index(stage), sign) for label, (stage, sign) in signs.items()}
    return {
        label: _top(artifact, sign * influence[:, column], weights[:, column])
        for label, (column, sign) in columns.items()
    }


def _top(
    artifact: Artifact, influence: NDArray[np.float64], weights: NDArray[np.float64]
) -> list[dict[str, Any]]:
    best = np.argsort(-influence, kind="stable")[:_HOW_MANY]
    names = artifact.features
    return [
        {"term": names[i], "influence": float(influence[i]), "weight": float(weights[i])}
        for i in best
        if influence[i] > 0
    ]
