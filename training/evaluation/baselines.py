"""Baselines that the model is compared with, on the same rows."""

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd
from nltk.stem.porter import PorterStemmer
from numpy.typing import NDArray
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from textblob.en.sentiments import PatternAnalyzer
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from bento.model.model import CLASSES

__all__ = ["classic", "majority", "textblob", "vader"]

_BAND = 0.05
"""VADER's own thresholds: positive from a compound score of 0.05, negative from -0.05."""


def majority(labels: pd.Series) -> NDArray[np.float64]:
    """(n, 3) probabilities of CLASSES: always the most frequent of the labels (n,) themselves."""
    frequent = labels.value_counts().reindex(CLASSES, fill_value=0).to_numpy().argmax()
    return np.tile(np.eye(3)[frequent], (len(labels), 1))


def vader(texts: Sequence[str]) -> NDArray[np.float64]:
    """(n, 3) answers of VADER (Hutto and Gilbert 2014) in the form of probabilities of CLASSES.

    They only rank the classes. Between the two poles a compound score above 0 is positive; a score
    of 0 (a fifth of the tweets) counts as negative, which is better for VADER here than positive.
    """
    analyser = SentimentIntensityAnalyzer()
    return _answers([analyser.polarity_scores(text)["compound"] for text in texts], _BAND)


def textblob(texts: Sequence[str]) -> NDArray[np.float64]:
    """(n, 3) answers of TextBlob's default analyser, the lexicon of Pattern (De Smedt and Daelemans
    2012), in the form of `vader`'s: positive above a polarity of 0, negative below, neutral at 0.
    """
    analyser = PatternAnalyzer()
    return _answers([analyser.analyze(text).polarity for text in texts], 1e-9)


def _answers(opinions: Sequence[float], band: float) -> NDArray[np.float64]:
    """(n, 3) answers for opinions from -1 to 1; neutral if their size is below `band`."""
    opinion = np.array(opinions)
    positive = (1 + opinion) / 2 - 1e-9
    neutral = np.where(np.abs(opinion) < band, 2.0, 0.0)
    table = np.column_stack((1 - positive, neutral, positive)).clip(0)
    shares: NDArray[np.float64] = table / table.sum(axis=1, keepdims=True)
    return shares


def classic(texts: Sequence[str], labels: Sequence[str]) -> Pipeline:
    """The fitted recipe of many tutorials: no stop words, Porter stems, the 5,000 most frequent
    words, TF-IDF, logistic regression. Its `predict_proba` gives (n, 3), in the order of CLASSES.
    """
    stem = cache(PorterStemmer().stem)

    def analyse(text: str) -> list[str]:
        words = re.findall(r"[a-z]+", text.lower())
        return [stem(word) for word in words if word not in ENGLISH_STOP_WORDS and len(word) > 1]

    return make_pipeline(
        TfidfVectorizer(analyzer=analyse, max_features=5000),
        LogisticRegression(max_iter=200),
    ).fit(texts, labels)
