"""The recipe of a model: the weights of its training rows and the regularisation of its stages.

The values come from trials on held-out data, where increasing any of them gained nothing.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.data.corpus import COMMENTS, POSTS

__all__ = ["Recipe"]


@dataclass(frozen=True)
class Recipe:
    """All settings of a training. The artifact stores them: names and values are in its digest."""

    min_tokens: int = 2
    min_pairs: int = 3
    """Number of texts that a token, or a pair of tokens, must occur in to be a term."""
    damping: float = 60.0
    """Added to the squared norm of a text, which `bento.model.model` explains."""
    polarity_c: float = 0.8
    neutrality_c: float = 0.3
    no_review_c: float = 0.1
    post_c: float = 1.0
    """Inverse strength of the L2 penalty of each stage."""
    prior: float = 0.3
    """Added to the log-count ratio of each term. 0 would be NB-SVM, which favours long reviews."""
    tie: float = 0.5
    """How strongly words of one stem, and a word and its negation, share a weight."""
    lexicon: float = 0.1
    """Weight of a lexicon entry of valence 1 as a training document."""
    negated: float = 1.1
    """Weight of a negated lexicon entry, which has the opposite valence, likewise."""
    idiom: float = 5.0
    """Weight of each of our idioms as a training document."""
    neutral_idiom: float = 20.0
    """Weight of each of our neutral idioms, likewise. Most other texts with their words have an
    opinion."""
    plain: float = 2.0
    """Weight of each of our plain sentences as a training document."""
    sentences: int = 100_000
    sentence_weight: float = 0.2
    """Number of sentences from reviews that are training documents too, with the review's label,
    and their weight: most comments are as short as a sentence."""
    folds: int = 3
    """Number of folds for the predictions that calibration and thresholds are fitted on."""
    sources: dict[str, float] = field(
        default_factory=lambda: {"imdb": 4.0, "rotten_tomatoes": 6.0, COMMENTS: 3.5}
    )
    """Weight of a source's texts in the polarity stage; 1 for other sources."""
    comment_neutrality: float = 7.0
    """Weight of our own comments in the neutrality stage; 1 for other sources with neutral texts.
    """
    posts: list[str] = field(default_factory=lambda: ["tweets", POSTS])
    """The sources of posts on social media."""
    reviews: dict[str, float] = field(
        default_factory=lambda: {"rotten_tomatoes": 0.5, "imdb": 0.05}
    )
    """Sources of reviews, which are never neutral, and the weight of their texts in the neutrality
    stage: enough to learn the words of reviews, too little to forget that comments may be neutral.
    """
    neutral_bias: float = -0.65
    """Added to the calibrated log-odds of neutral of reviews and comments, so that fewer opinions
    are called neutral. Of the comments of unseen domains, neutral ones are still found more often
    than opinions."""
    high: float = 0.967
    medium: float = 0.80
    """Accuracy that answers of high and of medium confidence must reach in every source. Posts of
    other people have other topics than the training's, so `high` leaves a margin: with 0.967, 92 %
    of such answers to TweetEval are right, with 0.96 90 %."""
    unknown: float = 0.8
    """Share of unseen words above which the model gives no opinion on a text."""

    def polarity_weights(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Weight of each row (columns label, source) in the polarity stage. The two poles of a
        source have the same total; neutral rows weigh 0."""
        polar = table[table["label"] != "neutral"]
        by_source, by_pole = (polar.groupby(by)["label"] for by in ("source", ["source", "label"]))
        balance = by_source.transform("size") / (
            by_source.transform("nunique") * by_pole.transform("size")
        )
        balanced = balance.reindex(table.index, fill_value=0.0)
        return (balanced * table["source"].map(self.sources).fillna(1.0)).to_numpy(dtype=np.float64)

    def neutrality_weights(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Weight of each row in the neutrality stage: `comment_neutrality` for our own comments, 1
        in other sources with neutral texts, that of `reviews` elsewhere."""
        weights = table["source"].map(self.reviews).fillna(min(self.reviews.values())).to_numpy()
        neutral = np.where(table["source"] == COMMENTS, self.comment_neutrality, 1.0)
        return np.where(self.may_be_neutral(table), neutral, weights)

    def post_neutrality_weights(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Weight of each row in the stage of posts' neutrality: that of the neutrality stage in
        sources with neutral texts, users' among them, since they may have posts; 0 for our own
        comments, which are so many that they would hide what is special in posts."""
        comment = (table["source"] == COMMENTS).to_numpy()
        used = self.may_be_neutral(table) & ~comment
        return np.where(used, self.neutrality_weights(table), 0.0)

    def are_posts(self, table: pd.DataFrame) -> NDArray[np.bool_]:
        """Whether each row is of a source of posts."""
        return table["source"].isin(self.posts).to_numpy(dtype=np.bool_)

    def post_weights(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Weight of each row in the stage that tells posts from comments: 0 if its source may be
        either kind, or has reviews."""
        return np.where(self.are_posts(table) | (table["source"] == COMMENTS), 1.0, 0.0)

    def no_review_weights(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """Weight of each row in the stage that tells reviews from other texts: 0 if its source may
        have both."""
        is_review = table["source"].isin(self.reviews).to_numpy()
        # Whole reviews are long and numerous, and a few words suffice to recognise one.
        return np.select(
            [self.may_be_neutral(table), (table["source"] == "imdb").to_numpy(), is_review],
            [1.0, 0.1, 1.0],
            default=0.0,
        )

    def may_be_neutral(self, table: pd.DataFrame) -> NDArray[np.bool_]:
        """Whether each row belongs to a source with neutral texts."""
        neutral = table["label"] == "neutral"
        return neutral.groupby(table["source"]).transform("any").to_numpy(dtype=np.bool_)
