"""Ties between terms."""

import numpy as np
import pytest

from training.fitting import features, ties


def test_terms_of_one_stem_share_a_column_and_negations_have_opposite_signs() -> None:
    terms = ["good", "good_NEG", "loved", "loving", "loved it", "😀"]
    columns = ties.polarity_ties(
        terms,
        {"good": 2.0, "good_NEG": -1.0},
        [{"loved": (0.5, 0.8)}, {"loved it": (1.0, 1.0)}],
        0.5,
    )
    valence, first, second, negation, *stems = columns.toarray().T.tolist()
    assert valence == [2, -1, 0, 0, 0, 0]
    assert first == [0, 0, 1.5, 0, 0, 0]
    assert second == [0, 0, 0, 0, 3, 0]
    assert negation == [0.5, -0.5, 0, 0, 0, 0]
    assert [0, 0, 0.5, 0.5, 0, 0] in stems


def test_opinionated_words_share_columns_of_neutrality() -> None:
    terms = ["good", "good_NEG", "loved", "2/10"]
    valences = {"good": 2.0, "good_NEG": -1.0, "2/10": -3.0}
    columns = ties.neutrality_ties(terms, valences, [{"loved": (0.5, 0.5)}]).toarray()
    assert columns.T.tolist() == [[2, 0, 0, 3], [0, 1, 0, 0], [0, 0, 0, 3], [0, 0, 1.5, 0]]


def test_the_log_count_ratio_is_large_for_terms_of_one_pole() -> None:
    counts = features.count([["a", "b"], ["a", "c"]], ["a", "b", "c"])
    ratio = ties.log_count_ratio(counts, np.array([True, False]), np.ones(2))
    assert ratio == pytest.approx([0, np.log(2), np.log(2)])
