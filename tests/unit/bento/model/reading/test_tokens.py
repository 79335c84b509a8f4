"""Tokens: which parts of a text are one, and their normal forms."""

import doctest
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bento.model.reading import tokens


def forms(text: str) -> list[str | None]:
    return [tokens.normalise(token) for token in tokens.pattern(text).findall(text)]


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(tokens).failed == 0


@pytest.mark.parametrize("apostrophe", "'’´‘ʼ′`")
def test_every_apostrophe_contracts(apostrophe: str) -> None:
    assert forms(f"I don{apostrophe}t like it") == ["i", "don't", "like", "it"]


@pytest.mark.parametrize(
    "address",
    [
        "https://x.example/bad?a=b", "www.x.y", "example.com/terrible", "example.net",
        "love.example", "/var/log/error", "~/bad/love", "error.log", "worst_case.py", "@awful",
        "me.bad@mail.example", "sub.bad.example.org:8080/love", "C:\\bad\\no",
    ],
)  # fmt: skip
def test_addresses_and_files_say_nothing(address: str) -> None:
    assert forms(f"see {address}") == ["see", None]


@pytest.mark.parametrize(
    "identifier",
    [
        "3f2b8c1e-9a41-4d22-8b17-0c5a3f9d2e11", "AB-12345-X", "ord-2024-0017", "555-123-4567",
        "2026-01-05", "worst_case", "ERR_CONNECTION_REFUSED", "feature/fix-bad-login",
    ],
)  # fmt: skip
def test_identifiers_say_nothing(identifier: str) -> None:
    assert forms(f"see {identifier}") == ["see", None]
    assert forms(f"{identifier}: good") == [None, ":", "good"]


@pytest.mark.parametrize(
    "text", ["3-year-old", "9-to-5", "24-7", "five-star", "co-op", "F-150", "T_T"]
)
def test_words_with_hyphens_and_faces_are_no_identifiers(text: str) -> None:
    assert None not in forms(text)


@pytest.mark.parametrize(
    "text",
    ["great.it works", "good.thanks", "and/or", "bad.so bad", "_so_ good", "food/well-being"],
)
def test_a_missing_space_makes_no_address(text: str) -> None:
    assert None not in forms(text)


@pytest.mark.parametrize(
    ("face", "form"),
    [
        ("D:", "d:"), ("=(", ":("), ("):", ":("), ("(:", ":)"), (":-/", ":/"), (":'(", ":'("),
        ("T_T", "t_t"), ("^_^", "^_^"), ("-_-", "-_-"), (":-)))", ":)"), ("=D", ":d"),
    ],
)  # fmt: skip
def test_emoticons_have_one_form(face: str, form: str) -> None:
    assert forms(f"so {face}") == ["so", form]


def test_a_closing_bracket_and_a_colon_are_no_emoticon() -> None:
    assert forms("(note): D: drive") == ["(", "note", ")", ":", "d", ":", "drive"]


def test_all_patterns_agree_on_plain_text() -> None:
    for text in ("don't it's :-/ 1/2", "plain words, here (:", "Ends. Here"):
        assert len({tuple(p.findall(text)) for p in tokens._PATTERNS}) == 1
    text = "café, don’t :-)"
    assert tokens._PATTERNS[0].findall(text) == tokens._PATTERNS[1].findall(text)


PIECES = """
    great one five Zero T u D: A+ www http :// com log txt stars out of . .. , ! ? ; ) ( / \\ @ _ -
    * ' ★ ☆ sh !t cr a$$ suck$ asshol3 5 4.5 10 1a2b ½ .5 é ſ İ ﬁ # #Love = :( )= % " good.it e.g.
    ✩ ✭ RATING Out Of
"""
SEPARATED = st.sampled_from(["", " ", "\n", "\t", "\x85"])


@example(["five ", "stars"])
@example(["great.", "it"])
@given(st.lists(st.tuples(st.sampled_from(PIECES.split()), SEPARATED).map("".join), max_size=8))
def test_looking_for_plain_tokens_first_changes_nothing(pieces: list[str]) -> None:
    text = "".join(pieces)
    slow = re.compile(tokens._SPECIAL + tokens._ANY)
    assert tokens._PATTERNS[1].findall(text) == slow.findall(text)
    if text.isascii():
        slow = re.compile(tokens._SPECIAL + tokens._ASCII)
        assert tokens._PATTERNS[3].findall(text) == slow.findall(text)


@example(["suck$", "*"])
@example(["☆☆☆☆☆"])
@example(["✭✭✭"])
@example(["✩✩"])
@example(["RATING: 1"])
@example(["Rating : 1"])
@example(["Hello )="])
@example(["AB-12345 and INC-20231"])
@example(["5 OUT OF 5"])
@example(["5 Out Of 5"])
@example(["4 ½ stars, .5 stars"])
@example(["minus one star for it"])
@given(st.lists(st.tuples(st.sampled_from(PIECES.split()), SEPARATED).map("".join), max_size=8))
def test_the_fastest_pattern_finds_the_same_words(pieces: list[str]) -> None:
    text = "".join(pieces)
    slow = [tokens.normalise(token) for token in tokens._PATTERNS[1].findall(text)]
    assert forms(text) == slow


def test_words_whose_letters_decompose_stay_short() -> None:
    assert tokens.normalise("ﷻﷺ") == "جلجلالهصلىاللهعليهوسلم"
    assert len(tokens.fold("ﷻﷺ" * 50_000)) < 2_000
    assert tokens.fold("é" + "ö" * 100_000) == "eoo"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("a band called Wonderful.", ["a", "band", "."]),
        ("a bar named “Bad Luck” here", ["a", "bar", "here"]),
        ("Mrs Love and Mr. Grim", ["and"]),
        ("they called me stupid", ["they", "called", "me", "stupid"]),
        ("I called TWICE", ["i", "called", "twice"]),
    ],
)
def test_names_say_nothing(raw: str, words: list[str]) -> None:
    assert [form for form in forms(raw) if form is not None and form.isascii()] == words
