"""How the model is made: which rows weigh how much, and how strongly each stage is regularised.

The figures come from trials on held-out data, where more of anything here gained nothing.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Recipe", "Stage"]


@dataclass(frozen=True)
class Stage:
    """One logistic regression: the inverse strength `c` of its L2 penalty, and what a lexicon
    document of valence 1 weighs beside a text of weight 1."""

    c: float
    lexicon: float


@dataclass(frozen=True)
class Recipe:
    """All settings of a training. They are stored in the artifact."""

    min_df: int = 2
    max_features: int = 200_000
    damping: float = 60.0
    polarity: Stage = Stage(c=2.0, lexicon=3.0)
    neutrality: Stage = Stage(c=1.0, lexicon=0.1)
    folds: int = 3
    """Parts for the out-of-fold predictions that calibration and thresholds are fitted on."""
    source_weights: dict[str, float] = field(default_factory=lambda: {"rotten_tomatoes": 3.0})
    polar_weight: float = 0.03
    """Weight in the neutrality stage of a text from a source without neutral texts: enough to
    learn the words of reviews, too little to forget that comments may be neutral."""
    high: float = 0.95
    medium: float = 0.80
    """The accuracy that answers of high and of medium confidence must have."""
    unknown: float = 0.5
    """Share of unseen tokens from which on confidence is low."""

    def polarity_weights(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Weight of each row (columns label, source) in the polarity stage: poles balanced within
        each source, neutral rows 0."""
        polar = (table["label"] != "neutral").to_numpy()
        weights = np.zeros(len(table))
        weights[polar] = _balanced(table[polar]["source"], table[polar]["label"])
        factors = table["source"].map(self.source_weights).fillna(1.0)
        return weights * factors.to_numpy()

    def neutrality_weights(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Weight of each row in the neutrality stage: neutral and polar rows balanced within the
        sources that have both."""
        neutral = table["label"] == "neutral"
        has_both = neutral.groupby(table["source"]).transform("any").to_numpy()
        weights = np.full(len(table), self.polar_weight)
        weights[has_both] = _balanced(table["source"], neutral)[has_both]
        return weights


def _balanced(source: pd.Series, label: pd.Series) -> NDArray[np.float64]:
    frame = pd.DataFrame({"source": source, "label": label})
    rows = frame.groupby("source")["label"].transform("size")
    classes = frame.groupby("source")["label"].transform("nunique")
    alike = frame.groupby(["source", "label"])["label"].transform("size")
    return (rows / (classes * alike)).to_numpy(dtype=np.float64)
