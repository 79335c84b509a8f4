"""The text processing: what it makes of text, and that no text can slow it down."""

import doctest
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.sentiment.util import mark_negation as nltk_mark_negation

from bento import text

HOSTILE = [
    " ", "a", "A", "!", "?", ".", ":", ";", "'", "n't", " n't", "a'", "not ", "@", "@a", "<", "</a",
    "<a ", "<3", "&", "&#", "&#1", "&amp", "&amp;", "http://", "www.", "^_", "^_^", ":-", ":)", "(",
    "\u0301", "a\u0323\u0301", "\u200b", "\u2019", "😀", "👨\u200d👩\u200d", "🏽", "ﷺ", "İ", "中",
    "\x00", "\ud800", "1", "_", "-", "\n", "don't ", "good bad ",
]  # fmt: skip


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(text).failed == 0


@pytest.mark.parametrize(
    ("raw", "tokens"),
    [
        ("does n't, didn’t DON'T", ["doesn't", "didn't", "don't"]),
        ("sooooo goooood!!!!", ["soo", "good", "!!"]),
        ("I &lt;3 it &amp; you&#39;re :-) ;p", ["i", "<3", "it", "you're", ":-)", ";p"]),
        ("a<br /><br/>b <i>c</i>", ["a", "b", "c"]),
        ("see https://x.y/z?a=b www.a.b @some_one #tag", ["see", "tag"]),
        ("ｆｕｌｌ ｗｉｄｔｈ 𝐛𝐨𝐥𝐝 cafe\u0301 café", ["full", "width", "bold", "cafe", "cafe"]),
        ("zero\u200bwid\u00adth", ["zerowidth"]),
        ("👍🏽❤️", ["👍", "❤"]),
        ("ratio 10:30", ["ratio", "10", ":", "30"]),
        ("&#" + "9" * 5000 + ";", ["9" * 5000, ";"]),
        ("", []),
    ],
)
def test_tokenise(raw: str, tokens: list[str]) -> None:
    assert text.tokenise(raw) == tokens


@given(st.lists(st.sampled_from(["not", "never", "isn't", "good", "it", "dont", ".", ";", "!"])))
def test_negation_is_marked_as_nltk_marks_it(tokens: list[str]) -> None:
    assert text.mark_negation(tokens) == nltk_mark_negation(list(tokens))


def test_emphasis_ends_a_negation_as_one_mark_does() -> None:
    assert text.mark_negation(["not", "good", "!!", "ok"])[-1] == "ok"


@given(st.text())
def test_any_text_has_tokens_without_white_space(raw: str) -> None:
    assert not any(set(token) & set(" \n\t") for token in text.tokenise(raw))


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_tokenising_tokens_again_settles(raw: str) -> None:
    words = " ".join(text.tokenise(raw))
    assert text.tokenise(words) == text.tokenise(" ".join(text.tokenise(words)))


@pytest.mark.parametrize("piece", HOSTILE, ids=ascii)
def test_time_grows_no_faster_than_the_text(piece: str) -> None:
    # Ten times the text takes ten times as long, or a hundred times where something is quadratic.
    short, long = (_seconds((piece * size)[:size]) for size in (10_000, 100_000))
    assert long < 40 * max(short, 1e-4)


def _seconds(raw: str) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.thread_time()
        text.bigrams(text.unigrams(raw, {}))
        best = min(best, time.thread_time() - start)
    return best
