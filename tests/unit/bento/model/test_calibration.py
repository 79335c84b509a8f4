"""Calibration: probabilities for any logits."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bento.model.calibration import (
    Calibration,
    Logits,
    Register,
    has_post_mark,
    neutrality_terms,
    polarity_terms,
)

NUMBERS = st.floats(-1e6, 1e6)
LOGITS = st.builds(Logits, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS)
PLAIN = Calibration((1.5, 1.2), (-1.0, 2.0, -0.5, 1.0, 0.5, 0.0, 0.5, -1.0, 0.0))
REVIEW, COMMENT, POST = Register(1, 0, 0), Register(0, 1, 0), Register(0, 0, 1)


@given(LOGITS, st.booleans())
def test_any_logits_give_probabilities(logits: Logits, post_mark: bool) -> None:
    register = Register.of(logits, post_mark)
    assert sum(register) == pytest.approx(1)
    assert min(register) >= 0
    (negative, neutral, positive), factor = PLAIN.probabilities(logits, post_mark)
    assert factor > 0
    assert negative + neutral + positive == pytest.approx(1)
    assert min(negative, neutral, positive) >= 0
    if abs(logits.polarity * factor) > 1e-9 and neutral < 1 - 1e-9:
        assert (positive > negative) == (logits.polarity > 0)


def test_a_large_logit_is_certain_and_zero_is_even() -> None:
    certain, factor = PLAIN.probabilities(Logits(25.0, -90.0, 0.0, 0.0, -9.0), False)
    assert factor > 0.5
    assert certain[2] == pytest.approx(1, abs=1e-3)
    (negative, _, positive), _ = PLAIN.probabilities(Logits(0, 0, 0, 0, 0), False)
    assert negative == positive


def test_neutrality_is_that_of_the_register() -> None:
    comment, post = (
        PLAIN.probabilities(Logits(1.0, 9.0, -9.0, no_review=5.0, post=logit), False)[0][1]
        for logit in (-9.0, 9.0)
    )
    assert comment > 0.99
    assert post > 0.99  # PLAIN has a negative slope for posts
    assert PLAIN.probabilities(Logits(1.0, 9.0, 9.0, 5.0, 9.0), False)[0][1] < 0.01


@pytest.mark.parametrize(
    ("logit", "review"), [(-9.0, 1.0), (-2.3, 0.982), (-1.3, 0.5), (-0.5, 0.039), (1.0, 0.0)]
)
def test_only_clear_reviews_are_treated_as_reviews(logit: float, review: float) -> None:
    register = Register.of(Logits(0.0, 0.0, 0.0, no_review=logit, post=0.0), False)
    assert register.review == pytest.approx(review, abs=0.001)
    assert polarity_terms(register) == pytest.approx((review, 1 - review), abs=0.001)


def test_words_and_marks_make_a_post() -> None:
    words, marks, neither = (
        Register.of(Logits(0.0, 0.0, 0.0, no_review=2.0, post=logit), marked).post
        for logit, marked in ((2.0, False), (-1.0, True), (-1.0, False))
    )
    assert neither < 0.5 < marks < words


def test_each_register_has_a_line_of_its_own() -> None:
    logits = Logits(-2.0, 3.0, 5.0, 0.0, 0.0)
    none = (0.0, 0.0, 0.0)
    assert neutrality_terms(logits, REVIEW) == (1.0, 3.0, 2.0, *none, *none)
    assert neutrality_terms(logits, COMMENT) == (*none, 1.0, 3.0, 2.0, *none)
    assert neutrality_terms(logits, POST) == (*none, *none, 1.0, 5.0, 2.0)
    half = Register(0, 0.5, 0.5)
    assert neutrality_terms(logits, half) == (*none, 0.5, 1.5, 1.0, 0.5, 2.5, 1.0)


def test_the_size_of_a_logit_counts_up_to_a_limit() -> None:
    large, limit = (Logits(size, 1.0, 1.0, 0.0, 0.0) for size in (50.0, -4.0))
    assert neutrality_terms(large, POST) == neutrality_terms(limit, POST)


def test_a_polarity_logit_is_as_strong_as_its_register_says() -> None:
    review, comment = Logits(1.0, -90.0, 0.0, -9.0, -9.0), Logits(-1.0, -90.0, 0.0, 9.0, -9.0)
    for logits, factor, index in ((review, 1.5, 2), (comment, 1.2, 0)):
        probabilities, strength = PLAIN.probabilities(logits, False)
        assert strength == pytest.approx(factor)
        assert probabilities[index] == pytest.approx(1 / (1 + math.exp(-factor)))


def test_a_bias_only_affects_neutral() -> None:
    biased = PLAIN.with_bias(0.7, of_posts=0.2)
    assert biased.polarity == PLAIN.polarity
    pairs = zip(biased.neutrality, PLAIN.neutrality, strict=True)
    changes = [after - before for after, before in pairs]
    assert changes == pytest.approx([0.7, 0, 0, 0.7, 0, 0, 0.2, 0, 0])


@pytest.mark.parametrize(
    ("text", "marked"),
    [("@you hi", True), ("so #tired", True), ("see https://x.y", True), ("see it: / here", False)],
)
def test_mentions_hashtags_and_addresses_are_marks_of_a_post(text: str, marked: bool) -> None:
    assert has_post_mark(text) is marked
