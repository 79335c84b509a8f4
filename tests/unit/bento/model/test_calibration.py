"""Calibration: probabilities for any logits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bento.model.calibration import Calibration, is_post, neutrality_terms, polarity_terms

NUMBERS = st.floats(-1e6, 1e6)
PLAIN = Calibration((1.5, 0.1, -0.1, -0.1), (-1.0, 2.0, -0.5, 1.0, 0.5, 0.0, 0.5, -1.0, 0.0))


@given(NUMBERS, NUMBERS, NUMBERS, st.floats(0, 1e9), st.booleans())
def test_any_logits_give_probabilities(
    polarity: float, neutrality: float, register: float, mass: float, post: bool
) -> None:
    factor = PLAIN.polarity_factor(polarity, register, mass)
    assert factor > 0
    logit = polarity * factor
    given_all = (logit, polarity, neutrality, register, post)
    negative, neutral, positive = PLAIN.probabilities(*given_all)
    assert negative + neutral + positive == pytest.approx(1)
    assert min(negative, neutral, positive) >= 0
    if abs(logit) > 1e-9 and neutral < 1 - 1e-9:
        assert (positive > negative) == (polarity > 0)


def test_a_large_logit_is_certain_and_zero_is_even() -> None:
    assert PLAIN.probabilities(25.0, 12.0, -9.0, 0.0, False)[2] == pytest.approx(1, abs=1e-3)
    negative, _, positive = PLAIN.probabilities(0.0, 0.0, 0.0, 0.0, False)
    assert negative == positive


@pytest.mark.parametrize(
    ("logit", "comment"), [(-9.0, 0.0), (-2.3, 0.018), (-1.3, 0.5), (-0.5, 0.961), (1.0, 0.999)]
)
def test_only_clear_reviews_are_treated_as_reviews(logit: float, comment: float) -> None:
    assert polarity_terms(1.0, logit, 500.0)[2] == pytest.approx(comment, abs=0.001)
    terms = neutrality_terms(-2.0, 3.0, logit, False)
    assert terms[:3] == (1.0, 3.0, 2.0)
    assert terms[3:6] == pytest.approx((comment, 3 * comment, 2 * comment), abs=0.003)


def test_the_size_of_a_logit_counts_up_to_a_limit() -> None:
    sizes = [polarity_terms(logit, 0.0, 500.0)[3] for logit in (-50.0, 4.0)]
    assert sizes == [4, 4]
    assert neutrality_terms(50.0, 1.0, 0.0, True) == neutrality_terms(-4.0, 1.0, 0.0, True)
    lengths = [polarity_terms(1.0, 0.0, mass)[1] for mass in (500.0, 2000.0)]
    assert lengths == sorted(lengths)


def test_a_post_is_calibrated_otherwise() -> None:
    assert neutrality_terms(-2.0, 3.0, 0.0, True)[6:] == (1.0, 3.0, 2.0)
    assert neutrality_terms(-2.0, 3.0, 0.0, False)[6:] == (0.0, 0.0, 0.0)
    plain, post = (PLAIN.probabilities(1.0, 1.0, 2.0, 0.0, each) for each in (False, True))
    assert plain != post


@pytest.mark.parametrize(
    ("text", "post"),
    [("@you hi", True), ("so #tired", True), ("see https://x.y", True), ("see it: / here", False)],
)
def test_mentions_hashtags_and_addresses_make_a_post(text: str, post: bool) -> None:
    assert is_post(text) is post
