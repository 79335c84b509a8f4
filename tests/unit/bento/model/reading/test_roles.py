"""What words do to others."""

import doctest

from bento.model.reading import roles
from bento.model.reading.roles import BREAKS, NEGATES, SHIFTERS, SHIFTS, TELLS, role


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(roles).failed == 0


def test_no_shifter_is_a_break() -> None:
    assert SHIFTERS.isdisjoint(BREAKS)


def test_shifters_are_the_words_that_shift() -> None:
    assert all(role(word) & SHIFTS for word in SHIFTERS)
    assert role("don't") & NEGATES
    assert role("good") == 0


def test_ratings_and_faces_tell_an_opinion() -> None:
    assert all(role(token) & TELLS for token in ("2/10", "t.t", "🙁", ":("))
    assert not role(".") & TELLS
