"""Ties between terms: columns that several terms share, besides each term's own column.

Terms in one column share part of their weight, so what is learnt about one applies to the others.
Because this is linear, it is folded into the terms' weights after training and costs nothing when
serving.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from nltk.stem.snowball import EnglishStemmer
from numpy.typing import NDArray
from scipy import sparse

from bento.model.reading.text import NEGATION_SUFFIX
from training.fitting.faces import faces
from training.fitting.lexicon import Opinions

__all__ = ["log_count_ratio", "neutrality_ties", "polarity_ties", "term_columns"]

_NO_OPINION = (0.0, 0.0)
_FACES = faces()
_OPINION_SCALE = 3.0
"""Brings polarity and subjectivity to the scale of VADER's valences."""


def polarity_ties(
    terms: Sequence[str],
    valences: Mapping[str, float],
    opinions: Sequence[Opinions],
    strength: float,
) -> sparse.csr_array:
    """(terms, columns): a column with the valence of each entry of VADER's lexicon, and one with
    the polarity of each entry for each of the other lexicons; one for each word and its negation,
    with opposite signs; one for each of NLTK's Snowball stems. `strength` is the value in the
    columns of negations and stems."""
    valence = np.array([valences.get(term, 0.0) for term in terms])
    polarities = [_OPINION_SCALE * _column(terms, lexicon, 0) for lexicon in opinions]
    lexicons = np.stack([valence, *polarities], axis=1)
    columns = [lexicons, _negations(terms, strength), _stems(terms, strength)]
    return sparse.csr_array(sparse.hstack(columns, dtype=np.float32))


def neutrality_ties(
    terms: Sequence[str],
    valences: Mapping[str, float],
    opinions: Sequence[Opinions],
) -> sparse.csr_array:
    """(terms, columns): the absolute valences of plain entries of VADER's lexicon, of negated ones,
    and of ratings, emoji and emoticons, and the subjectivity of the entries of each of the other
    lexicons."""
    size = np.array([abs(valences.get(term, 0.0)) for term in terms])
    negated = np.array([term.endswith(NEGATION_SUFFIX) for term in terms])
    shown = np.array([term in _FACES for term in terms])
    subjectivity = [_OPINION_SCALE * _column(terms, lexicon, 1) for lexicon in opinions]
    columns = np.stack([size * ~negated, size * negated, size * shown, *subjectivity], axis=1)
    return sparse.csr_array(columns.astype(np.float32))


def term_columns(
    scales: NDArray[np.float64], ties: sparse.csr_array | None = None
) -> sparse.csr_array:
    """(terms, terms + columns): each term's own column, then its ties. The smaller a term's scale,
    the more its own weight is penalised."""
    own = sparse.diags_array(scales)
    parts = [own] if ties is None else [own, ties]
    return sparse.csr_array(sparse.hstack(parts, dtype=np.float32))


def log_count_ratio(
    counts: sparse.csr_array, positive: NDArray[np.bool_], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(terms,): how much more likely each term is in the texts of one pole than of the other: the
    absolute log ratio with add-one smoothing (Wang and Manning 2012, "Baselines and Bigrams")."""
    poles = [weight * positive, weight * ~positive]
    up, down = ((1 + counts.T @ pole) / pole.sum() for pole in poles)
    return np.asarray(np.abs(np.log(up / down)))


def _column(terms: Sequence[str], lexicon: Opinions, position: int) -> NDArray[np.float64]:
    return np.array([lexicon.get(term, _NO_OPINION)[position] for term in terms])


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
    numbers: dict[tuple[str, bool], int] = {}
    cells = []
    for i, term in enumerate(terms):
        if " " not in term and term[0].isalpha():
            word = term.removesuffix(NEGATION_SUFFIX)
            key = (stem(word), word != term)
            cells.append((i, numbers.setdefault(key, len(numbers))))
    rows, columns = np.array(cells, dtype=np.int32).reshape(-1, 2).T
    shape = (len(terms), len(numbers))
    return sparse.csr_array((np.full(len(cells), strength), (rows, columns)), shape=shape)
