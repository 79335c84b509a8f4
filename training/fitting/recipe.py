"""How the model is made: which rows weigh how much, and how strongly each stage is regularised.

The figures come from trials on held-out data, where more of anything here gained nothing.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Recipe"]


@dataclass(frozen=True)
class Recipe:
    """All settings of a training. They are stored in the artifact."""

    min_tokens: int = 2
    min_pairs: int = 3
    """Texts that must have a token, or a pair of them, for it to be a term."""
    damping: float = 60.0
    polarity_c: float = 1.0
    neutrality_c: float = 0.3
    register_c: float = 0.1
    """Inverse strength of the L2 penalty of each stage."""
    prior: float = 0.3
    """What is added to a term's log-count ratio: 0 is NB-SVM, which favours long reviews."""
    tie: float = 0.5
    """How strongly words of one stem, and a word and its negation, share a weight."""
    lexicon: float = 0.1
    """Weight of a lexicon entry of valence 1 as a training document."""
    idiom: float = 5.0
    """Weight of each of our idioms as a training document."""
    plain: float = 2.0
    """Weight of each of our plain sentences."""
    sentences: int = 100_000
    sentence_weight: float = 0.3
    """So many sentences of reviews are trained on as texts of their own, with the review's label
    and this weight: most comments are as short as a sentence."""
    folds: int = 3
    """Parts for the out-of-fold predictions that calibration and thresholds are fitted on."""
    sources: dict[str, float] = field(default_factory=lambda: {"rotten_tomatoes": 3.0})
    """Weight of a source's texts in the polarity stage, where it is not 1."""
    reviews: dict[str, float] = field(
        default_factory=lambda: {"rotten_tomatoes": 0.5, "imdb": 0.05}
    )
    """The sources that are reviews and never neutral, with the weight of their texts in the
    neutrality stage: enough to learn the words of reviews, too little to forget that comments may
    be neutral."""
    neutral_bias: float = 0.1
    """Added to the calibrated log-odds of neutral: comments elsewhere are neutral more often."""
    high: float = 0.95
    medium: float = 0.80
    """The accuracy that answers of high and of medium confidence must have in every source."""
    unknown: float = 0.8
    """Share of unseen words from which on a text is not judged."""

    def polarity_weights(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Weight of each row (columns label, source) in the polarity stage: poles balanced within
        each source, neutral rows 0."""
        polar = (table["label"] != "neutral").to_numpy()
        weights = np.zeros(len(table))
        weights[polar] = _balanced(table[polar]["source"], table[polar]["label"])
        return weights * table["source"].map(self.sources).fillna(1.0).to_numpy()

    def neutrality_weights(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Weight of each row in the neutrality stage: 1 in sources that have neutral texts."""
        weights = table["source"].map(self.reviews).fillna(min(self.reviews.values())).to_numpy()
        return np.where(self.comments(table), 1.0, weights)

    def register_weights(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Weight of each row in the register stage: 0 where it is not known whether its source is
        of reviews or of comments."""
        is_review = table["source"].isin(self.reviews).to_numpy()
        # Whole reviews are long and many; a few of their words tell what they are.
        return np.select(
            [self.comments(table), (table["source"] == "imdb").to_numpy(), is_review],
            [1.0, 0.1, 1.0],
            default=0.0,
        )

    def comments(self, table: pd.DataFrame) -> NDArray[np.bool_]:
        """Which rows are of sources that have neutral texts."""
        neutral = table["label"] == "neutral"
        return neutral.groupby(table["source"]).transform("any").to_numpy(dtype=np.bool_)


def _balanced(source: pd.Series, label: pd.Series) -> NDArray[np.float64]:
    frame = pd.DataFrame({"source": source, "label": label})
    rows = frame.groupby("source")["label"].transform("size")
    classes = frame.groupby("source")["label"].transform("nunique")
    alike = frame.groupby(["source", "label"])["label"].transform("size")
    return (rows / (classes * alike)).to_numpy(dtype=np.float64)
