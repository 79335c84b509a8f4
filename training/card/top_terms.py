"""The terms that say most about a text's class."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bento.model.artifact import Artifact
from bento.model.model import STAGES

__all__ = ["telling"]

_HOW_MANY = 25


def telling(made: Artifact) -> dict[str, list[dict[str, Any]]]:
    """For each class the terms with the largest `influence`, and their `weight` in the logit.

    A term's influence is the standard deviation, over the training texts, of what it adds to the
    logit: |idf·w|·√(p(1 − p)), p being its share of the texts, which idf tells. So a word that
    appears once does not outrank one that appears a thousand times.
    """
    idf = made.idf.astype(np.float64)
    # scikit-learn's smooth idf: ln((1 + n) / (1 + df)) + 1.
    share = np.clip(np.exp(1 - idf), 0, 1)
    weights = made.weights.astype(np.float64) * idf[:, None]
    influence = weights * np.sqrt(share * (1 - share))[:, None]
    polarity, neutrality = STAGES.index("polarity"), STAGES.index("neutrality")
    return {
        "negative": _top(made, -influence[:, polarity], weights[:, polarity]),
        "neutral": _top(made, influence[:, neutrality], weights[:, neutrality]),
        "positive": _top(made, influence[:, polarity], weights[:, polarity]),
    }


def _top(
    made: Artifact, influence: NDArray[np.float64], weights: NDArray[np.float64]
) -> list[dict[str, Any]]:
    best = np.argsort(-influence, kind="stable")[:_HOW_MANY]
    return [
        {"term": made.features[i], "influence": float(influence[i]), "weight": float(weights[i])}
        for i in best
        if influence[i] > 0
    ]
