"""Texts as sparse matrices for scikit-learn, with the terms of `bento.model.reading.text`."""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.pipeline import Pipeline, make_pipeline

from bento.model.reading import text, tokens
from bento.model.reading.cleaning import clean
from bento.model.reading.spelling import Speller
from training.fitting.foreign import is_foreign

__all__ = ["DampedNorm", "count", "read", "sentences", "tokenise", "vectorise"]

_ENDS = frozenset({".", "..", "!", "!!", "?", "??", "!?", "<>"})
_UNKNOWN = -1


def tokenise(texts: Iterable[str], speller: Speller | None = None) -> list[list[str]]:
    """`bento.model.reading.text.tokenise` for many texts, reading each distinct token only once;
    without a `speller` `bento.model.reading.text.forms`."""
    normalise = cache(tokens.normalise)
    documents = []
    for raw in texts:
        cleaned, _ = clean(raw)
        forms = map(normalise, tokens.pattern(cleaned).findall(cleaned))
        documents.append([form for form in forms if form is not None])
    return documents if speller is None else read(documents, speller)


def read(documents: Iterable[Sequence[str]], speller: Speller) -> list[list[str]]:
    """Documents of forms as documents of words."""
    words = cache(speller.read)
    return [[word for form in document for word in words(form)] for document in documents]


def sentences(tokens: Sequence[str]) -> list[Sequence[str]]:
    """A text's sentences of 5 to 40 tokens, including punctuation.

    >>> sentences("nice . i really liked it ! and so on".split())
    [['i', 'really', 'liked', 'it', '!']]
    """
    ends = [end for end, token in enumerate(tokens, start=1) if token in _ENDS]
    parts = [tokens[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return [part for part in parts if 5 <= len(part) <= 40]


class DampedNorm(TransformerMixin, BaseEstimator):
    """Divides each row x by √(‖x‖² + damping): nearly unit length for long texts, less for texts of
    few known words, so that a single word does not dominate."""

    def __init__(self, damping: float) -> None:
        self.damping = damping

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002, N803
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def transform(self, X: Any) -> Any:  # noqa: N803
        squares = np.asarray(X.multiply(X).sum(axis=1)).ravel()
        norms = np.sqrt(squares + self.damping).astype(X.dtype)
        return sparse.csr_array(sparse.diags_array(1 / norms) @ X)


def vectorise(
    documents: Sequence[Sequence[str]],
    *,
    always: Iterable[str],
    min_tokens: int,
    min_pairs: int,
    damping: float,
) -> tuple[Pipeline, sparse.csr_array]:
    """A fitted pipeline (binary counts × idf, damped norm) for lists of tokens, and the binary
    counts of `documents`, one row each.

    The terms are the tokens in at least `min_tokens` documents and the pairs in at least
    `min_pairs`, but for words of other languages, and those of `always`.
    """
    codes: defaultdict[str, int] = defaultdict()
    codes.default_factory = codes.__len__
    document_codes, ends = _encode(documents, codes.__getitem__)
    frequency = np.bincount(document_codes).tolist()
    kept = {
        term
        for term, code in codes.items()
        if frequency[code] >= (min_pairs if " " in term else min_tokens) and not is_foreign(term)
    }
    names = sorted(kept.union(always))
    column = np.full(len(codes), _UNKNOWN, dtype=np.int32)
    for number, name in enumerate(names):
        if name in codes:
            column[codes[name]] = number
    counts = _matrix(column[document_codes], ends, len(names))
    pipeline = make_pipeline(
        CountVectorizer(analyzer=text.terms, binary=True, dtype=np.float32, vocabulary=names),
        TfidfTransformer(norm=None).fit(counts),
        DampedNorm(damping),
    )
    return pipeline, counts


def count(documents: Sequence[Sequence[str]], names: Sequence[str]) -> sparse.csr_array:
    """Binary counts of the terms `names`, one row per document: the result of CountVectorizer in a
    fraction of the time."""
    column = {name: i for i, name in enumerate(names)}
    columns, ends = _encode(documents, lambda term: column.get(term, _UNKNOWN))
    return _matrix(columns, ends, len(names))


def _encode(
    documents: Sequence[Sequence[str]], code: Callable[[str], int]
) -> tuple[NDArray[np.int32], list[int]]:
    """The concatenated codes of the documents' terms, and the end of each document."""
    codes = array("i")
    ends = []
    for document in documents:
        codes.extend(map(code, text.terms(document)))
        ends.append(len(codes))
    return np.frombuffer(codes, dtype=np.int32), ends


def _matrix(columns: NDArray[np.int32], ends: Sequence[int], width: int) -> sparse.csr_array:
    """A matrix with ones in the given columns of each row; _UNKNOWN columns are skipped."""
    known = columns != _UNKNOWN
    starts = np.concatenate(([0], np.cumsum(known)))[[0, *ends]].astype(np.int32)
    ones = np.ones(starts[-1], dtype=np.float32)
    counts = sparse.csr_array((ones, columns[known], starts), shape=(len(ends), width))
    # Sets have no order, but sums of floats depend on it.
    counts.sort_indices()
    return counts
