"""The classic recipe: no stop words, Porter stems, 5,000 unigrams, TF-IDF, logistic regression.

It imports scikit-learn, NLTK and numpy only, so that peers can run it in environments of their own.
NLTK's list of stop words is not on PyPI; scikit-learn's list stands in for it.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from nltk.stem import PorterStemmer
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

FILE = Path(__file__).parents[3] / ".data" / "cache" / "classic-recipe.npz"
MAX_FEATURES = 5_000
CLASSES = np.array(["negative", "positive"])

_word = re.compile(r"[a-z]+")
_stemmer = PorterStemmer()


def analyse(text: str) -> list[str]:
    """Stem all words but stop words, in order.

    >>> analyse("This is a fantastic project, it works perfectly!")
    ['fantast', 'project', 'work', 'perfectli']
    """
    stem = _stemmer.stem
    return [stem(word) for word in _word.findall(text.lower()) if word not in ENGLISH_STOP_WORDS]


def pipeline(vocabulary: dict[str, int] | None = None) -> Pipeline:
    """The recipe, unfitted."""
    vectorizer = TfidfVectorizer(
        analyzer=analyse,
        vocabulary=vocabulary,
        max_features=None if vocabulary else MAX_FEATURES,
    )
    return make_pipeline(vectorizer, LogisticRegression(max_iter=1_000))


def save(fitted: Pipeline, file: Path = FILE) -> None:
    """Write the arrays of a fitted pipeline; a pickle would be code."""
    vectorizer, regression = (step for _, step in fitted.steps)
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        file,
        terms=vectorizer.get_feature_names_out().astype(str),
        idf=vectorizer.idf_,
        weights=regression.coef_,
        intercept=regression.intercept_,
    )


def load(file: Path = FILE) -> Pipeline:
    """Rebuild the fitted pipeline from its arrays."""
    with np.load(file, allow_pickle=False) as arrays:
        fitted = pipeline({str(term): column for column, term in enumerate(arrays["terms"])})
        vectorizer, regression = (step for _, step in fitted.steps)
        vectorizer.idf_ = arrays["idf"]
        regression.coef_ = arrays["weights"]
        regression.intercept_ = arrays["intercept"]
        regression.classes_ = CLASSES
    return fitted


def predict(fitted: Pipeline, texts: list[str]) -> list[tuple[str, float]]:
    """The sentiment of each text and its probability, 0.5 to 1."""
    probabilities = fitted.predict_proba(texts)
    labels = CLASSES[probabilities.argmax(axis=1)]
    return list(zip(labels.tolist(), probabilities.max(axis=1).tolist(), strict=True))
