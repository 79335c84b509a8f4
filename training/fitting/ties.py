"""What terms have in common, as columns beside their own: terms that share a column share part of
their weight, so that what is learnt of one holds for the other. Being linear, it is folded into the
terms' weights after training and costs nothing when serving.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from nltk.stem.snowball import EnglishStemmer
from numpy.typing import NDArray
from scipy import sparse

from bento.model.text import NEGATION_SUFFIX

__all__ = ["log_count_ratio", "neutrality_ties", "polarity_ties", "scaled"]


def polarity_ties(
    terms: Sequence[str], valences: Mapping[str, float], strength: float
) -> sparse.csr_array:
    """(terms, columns): one column for the lexicon, in which each entry stands with its valence;
    one for each word and its negation, with opposite signs; one for each of NLTK's Snowball stems.
    """
    valence = np.array([valences.get(term, 0.0) for term in terms])
    columns = [valence[:, None], _negations(terms, strength), _stems(terms, strength)]
    return sparse.csr_array(sparse.hstack(columns, dtype=np.float32))


def neutrality_ties(terms: Sequence[str], valences: Mapping[str, float]) -> sparse.csr_array:
    """(terms, 2): the size of the valence of plain and of negated lexicon entries."""
    size = np.array([abs(valences.get(term, 0.0)) for term in terms])
    negated = np.array([term.endswith(NEGATION_SUFFIX) for term in terms])
    columns = np.stack([size * ~negated, size * negated], axis=1)
    return sparse.csr_array(columns.astype(np.float32))


def scaled(scales: NDArray[np.float64], ties: sparse.csr_array | None) -> sparse.csr_array:
    """(terms, terms + columns): each term's own column, so much penalised as its scale is small,
    and its ties."""
    own = sparse.diags_array(scales)
    parts = [own] if ties is None else [own, ties]
    return sparse.csr_array(sparse.hstack(parts, dtype=np.float32))


def log_count_ratio(
    counts: sparse.csr_array, positive: NDArray[np.bool_], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(terms,): how much likelier each term is in the texts of one pole than of the other, as the
    size of the logarithm, with add-one smoothing (Wang and Manning 2012, "Baselines and Bigrams").
    """
    poles = [weight * positive, weight * ~positive]
    up, down = ((1 + counts.T @ pole) / pole.sum() for pole in poles)
    return np.asarray(np.abs(np.log(up / down)))


def _negations(terms: Sequence[str], strength: float) -> sparse.csr_array:
    row = {term: i for i, term in enumerate(terms)}
    pairs = [
        (i, row[term.removesuffix(NEGATION_SUFFIX)])
        for i, term in enumerate(terms)
        if term.endswith(NEGATION_SUFFIX) and term.removesuffix(NEGATION_SUFFIX) in row
    ]
    rows = np.array(pairs, dtype=np.int32).ravel()
    columns = np.repeat(np.arange(len(pairs), dtype=np.int32), 2)
    signs = np.tile([-strength, strength], len(pairs))
    return sparse.csr_array((signs, (rows, columns)), shape=(len(terms), len(pairs)))


def _stems(terms: Sequence[str], strength: float) -> sparse.csr_array:
    stem = EnglishStemmer().stem
    columns: dict[tuple[str, bool], int] = {}
    places = []
    for i, term in enumerate(terms):
        if " " not in term and term[0].isalpha():
            word = term.removesuffix(NEGATION_SUFFIX)
            key = (stem(word), word != term)
            places.append((i, columns.setdefault(key, len(columns))))
    rows, found = np.array(places, dtype=np.int32).reshape(-1, 2).T
    shape = (len(terms), len(columns))
    return sparse.csr_array((np.full(len(places), strength), (rows, found)), shape=shape)
