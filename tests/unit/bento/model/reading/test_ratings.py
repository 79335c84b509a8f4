"""Ratings, and numbers that only look like one."""

import doctest

import pytest

from bento.model.reading import ratings
from bento.model.reading.text import tokenise


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(ratings).failed == 0


@pytest.mark.parametrize(
    ("rating", "tenths"),
    [
        ("5/5", 10), ("1/5", 2), ("4.5/5", 9), ("4,5/5", 9), ("0/10", 0), ("-10/10", 0),
        ("11/10", 10), ("100/100", 10), ("7 out of 10", 7), ("10 / 10", 10), ("5 stars", 10),
        ("zero stars", 0), ("one star", 2), ("five-star", 10), ("3.5 stars", 7), ("★★★★★", 10),
        ("★☆☆☆☆", 2), ("⭐⭐", 4), ("⭐ ⭐ ⭐", 6), ("★★☆☆", 5), ("A+++", 10), ("-5 stars", 0),
        ("minus ten stars", 0), ("Minus 3/10", 0), ("5★", 10), ("2 ⭐", 4), ("Rating: 5", 10),
        ("1 of 5 stars", 2), ("5.0 / 5.0", 10), ("½ star", 1), ("3½ stars", 7), ("4½/5", 9),
        ("4½ star", 9), ("4 ½ stars", 9), (".5 stars", 1), (".5/5", 1), ("Rating: 4.5", 9),
        ("5 OUT OF 5", 10), ("RATING: 1", 2), ("Rating : 1", 2), ("☆☆☆☆☆", 0), ("✭✭✭✭✭", 10),
        ("Two of five stars", 4), ("rating=1", 2), ("Stars: 0", 0),
    ],
)  # fmt: skip
def test_ratings_are_tenths(rating: str, tenths: int) -> None:
    assert tokenise(rating) == [f"{tenths}/10"]
    assert tokenise(f"so {rating} then") == ["so", f"{tenths}/10", "then"]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("2/10/2020", ["00000"]),
        ("It weighs 4.5 kg, of 12.5", ["it", "weighs", "000", "kg", ",", "of", "0000"]),
        ("24/7 and 3/4", ["24/7", "and", "3/4"]),
        ("chapter 1 out of 5 read", ["read"]),
        ("Step 3/5 done", ["done"]),
        ("due 2/10.", ["."]),
        ("9 out of 10 dentists agree", ["agree"]),
        ("4/5 of us", ["us"]),
        ("7 out of 10 lamps failed", ["failed"]),
        ("1,000 stars, 1,5 star", ["1", ",", "000", "stars", ",", "1", ",", "5", "star"]),
        ("Great food, minus one star for it", ["great", "food", ",", "it"]),
        ("one star off for noise", ["for", "noise"]),
        ("blood group A+", ["blood", "group", "a"]),
        ("He is one of five stars in it", ["he", "is"]),
        ("a 5 star hotel", ["a", "5", "star", "hotel"]),
        ("rating: 50", ["rating", ":", "50"]),
        ("4* hotel, a 5* boutique hotel", ["4", "hotel", ",", "a", "5", "boutique", "hotel"]),
        ("2*3 and 4**", ["2", "3", "and", "4"]),
        ("was £1* now £2*", ["was", "1", "now", "2"]),
        ("only 2* left, step 1*", ["only", "2", "left", ",", "step", "1"]),
        ("*Our number 1*", ["our", "number", "1"]),
    ],
)
def test_positions_dates_and_shares_are_no_ratings(text: str, tokens: list[str]) -> None:
    assert tokenise(text) == tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Rating: 4.5 / 10", ["rating", ":", "4/10"]),
        ("Rating: 4 out of 10", ["rating", ":", "4/10"]),
        ("Food 8/10 drinks were ok", ["food", "8/10", "drinks", "were", "ok"]),
        ("5 of 5 stars in my book", ["10/10", "in", "my", "book"]),
        ("5 Out Of 5, good", ["10/10", ",", "good"]),
    ],
)
def test_a_rating_is_one_whatever_follows(text: str, tokens: list[str]) -> None:
    assert tokenise(text) == tokens


@pytest.mark.parametrize("text", ["5* service", "Awful. 1*", "meh\n2* from me", "I gave it 4*"])
def test_a_digit_with_an_asterisk_is_a_rating_where_one_is_given(text: str) -> None:
    assert any(token.endswith("/10") for token in tokenise(text))


def test_the_end_of_a_range_is_a_rating() -> None:
    assert tokenise("4-5 stars")[-1] == "10/10"
    assert tokenise("7-8/10")[-1] == "8/10"
