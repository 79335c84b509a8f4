"""Text processing: its results, and that no text can slow it down."""

import doctest
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bento.model.reading import text

HOSTILE = [
    " ", "a", "A", "!", "?", ".", ":", ";", "'", "n't", " n't", "a'", "not ", "@", "@a", "<", "</a",
    "<a ", "<3", "&", "&#", "&#1", "&amp", "&amp;", "http://", "www.", "^_", "^_^", ":-", ":)", "(",
    "\u0301", "a\u0323\u0301", "\u200b", "\u2019", "😀", "👨\u200d👩\u200d", "🏽", "ﷺ", "İ", "中",
    "\x00", "\ud800", "1", "1/", "_", "-", "\n", "don't ", "good bad ", "#", "#a", "=PPP", "((((",
    "(:", "-_", "</3", "...", "…", "`", "a`", "h://", "://", "&#1;", "&lt;", "é", "e\u0301 ",
    "&amp;amp;", "amp;", "ﷺﷻ", "a.", "a.b@", "a@b.", "/a", "a/", "\\", "★", "★ ", "☆", "5/5",
    "5 out of ",
    "a_", "a_b", "a/b-", "-5 ", "minus ", "step 1/", "9/10 ", "rating:",
    "zero stars", "a*", "*", "+", "D: ", "):", "T_T", "´", "#abc", "#AbCd", "looveed ", "\r\n",
]  # fmt: skip


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(text).failed == 0


@pytest.mark.parametrize(
    ("raw", "tokens"),
    [
        ("does n't, didn’t DON'T dont", ["doesn't", ",", "didn't", "don't", "don't"]),
        ("sooooo goooood!!!!", ["soo", "good", "!!"]),
        ("I &lt;3 it &amp; you&#39;re :-) ;p", ["i", "<3", "it", "you're", ":)", ";p"]),
        ("a<br /><br/>b <i>c</i>", ["a", "<>", "<>", "b", "<>", "c", "<>"]),
        ("see https://x.y/z?a=b www.a.b @some_one #tag", ["see", "tag"]),
        ("No bugs\nGreat\r\n\r\njob", ["no", "bugs", "<>", "great", "<>", "job"]),
        ("ｆｕｌｌ ｗｉｄｔｈ 𝐛𝐨𝐥𝐝 cafe\u0301 café", ["full", "width", "bold", "cafe", "cafe"]),
        ("zero\u200bwid\u00adth", ["zerowidth"]),
        ("👍🏽❤️", ["👍", "❤"]),
        ("10/10 in 1984, 5 of them", ["10/10", "in", "0000", ",", "5", "of", "them"]),
        ("well... yes?! no…", ["well", "..", "yes", "!?", "no", ".."]),
        (":-)))) ^_^ </3 <333 (:", [":)", "^_^", "</3", "<3", ":)"]),
        ("ﷺ", ["صلىاللهعليهوسلم"]),
        ("I &amp;lt;3 it &amp;amp; you&amp;amp;#39;re", ["i", "<3", "it", "you're"]),
        ("&amp;hello; &amp;lt", ["hello", ";", "lt"]),
        ("&#" + "9" * 5000 + ";", ["00000", ";"]),
        ("", []),
    ],
)
def test_tokenise(raw: str, tokens: list[str]) -> None:
    assert text.tokenise(raw) == tokens


def test_reversed_words_are_marked() -> None:
    tokens = ["no", "problem", "good", ",", "not", "bad"]
    assert text.mark_negation(tokens) == ["no", "problem_NEG", "good", ",", "not", "bad_NEG"]
    assert text.terms(tokens) >= {"bad_NEG", "not bad", "good"}


def test_links_do_not_change_the_other_tokens() -> None:
    for raw in ("don't it's café :-/ 1/2", "plain words, here"):
        assert text.tokenise(f"{raw} http://x.y") == text.tokenise(raw)
        assert text.tokenise(f"{raw} é") == [*text.tokenise(raw), "e"]


@given(st.text())
def test_any_text_has_tokens_without_white_space(raw: str) -> None:
    assert not any(token.split() != [token] for token in text.tokenise(raw))


@pytest.mark.parametrize("piece", HOSTILE, ids=ascii)
def test_time_is_linear_in_the_length_of_the_text(piece: str) -> None:
    def seconds(size: int) -> float:
        raw = (piece * size)[:size]
        start = time.thread_time()
        text.terms(text.tokenise(raw))
        return time.thread_time() - start

    # For 32 times the text linear time is 32 times as long, quadratic time 1,024 times.
    limit = 200 * max(min(seconds(4_000) for _ in range(3)), 1e-4)
    assert any(seconds(128_000) < limit for _ in range(3))
