"""The vocabulary: integers find the very terms that strings name."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bento.model import text, vocabulary
from bento.model.vocabulary import BREAKS, Terms, Vocabulary

TERMS = [
    "!",
    "bad",
    "bad_NEG",
    "but",
    "good",
    "good day",
    "good_NEG",
    "not",
    "not good",
    "so ,",
    "😀",
]
WORDS = ["!", "bad", "but", "day", "good", "never", "not", "so", "so,", "Not", "zzqx", "@you", "😀"]


@given(st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_rows_are_those_of_the_terms(raw: str) -> None:
    terms = Terms.of(TERMS)
    own = Vocabulary(terms)
    numbers, unknown = own.numbers(raw)
    names = ["", *terms.names()]
    named = {names[row] for row in (*own.tokens(numbers), *own.pairs(numbers))}
    assert named & set(TERMS) == text.terms(text.tokenise(raw)) & set(TERMS)
    assert unknown == len(set(text.tokenise(raw)) - set(terms.tokens))
    assert own.places(raw)[:2] == (numbers, unknown)


def test_each_term_has_a_row_of_its_own() -> None:
    names = Terms.of(TERMS).names()
    assert len(set(names)) == len(names)
    assert set(TERMS) <= set(names)
    assert {names[row - 1] for row in BREAKS} == text.BREAKS
    # Those that are known from pairs only, and those that mark their neighbours.
    assert set(names) - set(TERMS) - text.BREAKS - text.NEGATIONS == {"so", ",", "day"}


@pytest.mark.parametrize(
    "raw", ["good", "I &lt;3 it", "a\u200bb 👍🏽!", "does n't", "@you good :-)))"]
)
def test_places_are_those_of_the_original(raw: str) -> None:
    _, _, spans = Vocabulary(Terms.of([])).places(raw)
    cut = [raw[start:end] for start, end in spans]
    assert [token for each in cut for token in text.tokenise(each)] == text.tokenise(raw)


def test_what_it_remembers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "_MOST", 10)
    own = Vocabulary(Terms.of(["word"]))
    remembered = own.remembered
    many = " ".join(f"{chr(97 + i % 26)}{chr(97 + i // 26)}x" for i in range(300))
    for raw in (many, "a" * 50_000, "word"):
        own.numbers(raw)
    assert len(remembered) <= 10
    assert max(map(len, remembered)) <= 32
    assert sys.getsizeof(remembered) < 10_000
    assert own.numbers("word") == ([BREAKS.stop], 0)
