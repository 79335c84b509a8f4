"""Texts as the sparse matrix scikit-learn fits on, from the very terms `bento.text` makes."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

import numpy as np
from nltk.stem.snowball import EnglishStemmer
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.pipeline import Pipeline, make_pipeline

from bento import text

__all__ = ["DampedNorm", "analyser", "stems", "vectorise"]


def stems(texts: Iterable[str]) -> dict[str, str]:
    """Word → stem by NLTK's Snowball stemmer, for each word of the texts that differs from its
    stem. Stemming once here, not in each request, is what makes NLTK's stemmer affordable.
    Negations keep their form: they are looked for after stemming.
    """
    words = {token for each in texts for token in text.tokenise(each)} - text.NEGATIONS
    stem = EnglishStemmer().stem
    return {word: stem(word) for word in sorted(words) if word[0].isalpha() and stem(word) != word}


def analyser(table: Mapping[str, str]) -> Callable[[str], list[str]]:
    """A text's terms, unigrams and bigrams, by the given stems."""

    def terms(each: str) -> list[str]:
        words = text.unigrams(each, table)
        return words + text.bigrams(words)

    return terms


class DampedNorm(TransformerMixin, BaseEstimator):
    """Divide each row x by √(‖x‖² + damping): nearly unit length for long texts, less for texts of
    few known words, so that one word alone does not shout."""

    def __init__(self, damping: float) -> None:
        self.damping = damping

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002, N803
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def transform(self, X: Any) -> Any:  # noqa: N803
        squares = np.asarray(X.multiply(X).sum(axis=1)).ravel()
        return sparse.diags_array(1 / np.sqrt(squares + self.damping)) @ X


def vectorise(
    texts: Iterable[str],
    *,
    table: Mapping[str, str],
    always: Iterable[str],
    min_df: int,
    max_features: int,
    damping: float,
) -> tuple[Pipeline, sparse.csr_array]:
    """A fitted pipeline (binary counts × idf, damped norm) and its matrix of `texts`, one row each.

    Its terms are the `max_features` most frequent of those in at least `min_df` texts, and
    `always` the given ones.
    """
    analyse = analyser(table)
    counter = CountVectorizer(analyzer=analyse, binary=True, dtype=np.float64)
    counts = counter.fit_transform(texts)
    terms = counter.get_feature_names_out()
    frequency = counts.getnnz(axis=0)
    # Ties at the cut are broken by the alphabet, so that the choice is always the same.
    frequent = np.lexsort((terms, -frequency))[:max_features]
    kept = sorted({*terms[[i for i in frequent if frequency[i] >= min_df]], *always})
    # The last column stands for terms that no text has.
    column = {term: i for i, term in enumerate(terms)}
    counts = sparse.hstack([counts, sparse.csr_array((counts.shape[0], 1))], format="csr")
    counts = counts[:, [column.get(term, -1) for term in kept]]
    pipeline = make_pipeline(
        CountVectorizer(analyzer=analyse, binary=True, dtype=np.float64, vocabulary=kept),
        TfidfTransformer(norm=None).fit(counts),
        DampedNorm(damping),
    )
    return pipeline, sparse.csr_array(pipeline[1:].transform(counts))
