"""The vocabulary: integer lookups give the same terms as strings."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bento.model import vocabulary as vocabulary_module
from bento.model.reading import roles, text
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
WORDS = [
    "!",
    "bad",
    "but",
    "day",
    "good",
    "never",
    "not",
    "so",
    "so,",
    "Not",
    "zzqx",
    "@you",
    "😀",
    "than",
    ",",
]


def vocabulary_of(terms: Terms) -> Vocabulary:
    return Vocabulary(terms, np.ones(len(terms.names()), dtype=np.float32))


@given(st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_rows_match_the_terms(raw: str) -> None:
    terms = Terms.of(TERMS)
    vocabulary = vocabulary_of(terms)
    numbers, unknown = vocabulary.numbers(raw)
    names = ["", *terms.names()]
    named = {names[row] for row in (*vocabulary.tokens(numbers), *vocabulary.pairs(numbers))}
    assert named & set(TERMS) == text.terms(text.tokenise(raw)) & set(TERMS)
    assert unknown == len(set(text.tokenise(raw)) - set(terms.tokens))
    assert vocabulary.spans(raw)[:2] == (numbers, unknown)


@given(st.lists(st.lists(st.sampled_from(WORDS)).map(" ".join), min_size=1, max_size=9))
def test_many_texts_have_the_rows_of_each(raw: list[str]) -> None:
    vocabulary = vocabulary_of(Terms.of(TERMS))
    texts = [vocabulary.numbers(each)[0] for each in raw]
    rows, starts = vocabulary.rows(texts)
    alone = [sorted({0, *vocabulary.tokens(each), *vocabulary.pairs(each)}) for each in texts]
    assert [each.tolist() for each in np.split(rows, starts[1:])] == alone


def test_each_term_has_its_own_row() -> None:
    names = Terms.of(TERMS).names()
    assert len(set(names)) == len(names)
    assert set(TERMS) <= set(names)
    assert {names[row - 1] for row in BREAKS} == roles.BREAKS
    # The rest are tokens known only from pairs.
    assert set(names) - set(TERMS) - roles.BREAKS - roles.SHIFTERS == {"so", ",", "day"}


@pytest.mark.parametrize(
    "raw", ["good", "I &lt;3 it", "a\u200bb 👍🏽!", "does n't", "@you good :-)))"]
)
def test_spans_refer_to_the_original_text(raw: str) -> None:
    _, _, spans = vocabulary_of(Terms.of([])).spans(raw)
    parts = [raw[start:end] for start, end in spans]
    assert [token for part in parts for token in text.tokenise(part)] == text.tokenise(raw)


def test_a_hashtag_is_its_words() -> None:
    terms = Terms.of(["love", "it", "loved"])
    vocabulary = vocabulary_of(terms)
    row = {name: number for number, name in enumerate(terms.names(), start=1)}
    numbers, unknown, spans = vocabulary.spans("so #LoveIt, looved #xyz")
    known = [row.get(word, 0) for word in ("so", "love", "it", ",", "loved", "xyz")]
    assert (numbers, unknown) == (known, 3)
    assert spans == [(0, 2), (4, 8), (8, 10), (10, 11), (12, 18), (20, 23)]
    assert vocabulary.numbers("so #LoveIt, looved #xyz") == (numbers, unknown)


def test_the_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary_module, "_MAX_TOKENS", 10)
    words = vocabulary_of(Terms.of(["word"]))
    cache = words.cache
    many = " ".join(f"{chr(97 + i % 26)}{chr(97 + i // 26)}x" for i in range(300))
    for raw in (many, "a" * 50_000, "word"):
        words.numbers(raw)
    assert len(cache) <= 10
    assert max(map(len, cache)) <= 32
    assert sys.getsizeof(cache) < 10_000
    assert words.numbers("word") == ([BREAKS.stop], 0)
