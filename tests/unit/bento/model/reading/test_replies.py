"""Replies that say nothing, and texts that only begin like one."""

import doctest

import pytest

from bento.model.reading import replies
from bento.model.reading.text import forms, tokenise
from bento.model.reading.tokens import REPLY


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(replies).failed == 0


@pytest.mark.parametrize(
    "text",
    [
        "no", "Nope.", "NO.", "n/a", "N.A.", "None", "nothing really", "No, thanks",
        "no thank you!",
        "Nothing comes to mind.", "not at the moment", "I have nothing to add", "don’t know",
        "Can't think of anything right now", "none that I can think of", "No further comments.",
        "I'd rather not say", "Nothing from our side", "Not applicable", "  nah  ",
        "no\u00a0thanks", "nothing to  add", "No – nothing...", "no, not really", "not sure yet",
        "not much", "not at all", "Not really, no", "none!", "no comment!", "Nothing!!!", "1. no",
        "* nothing", "[none]", '"no"', "none of the above", "No, I don’t think so.", "That's all.",
        "nothing 🤷🏽‍♀️", "nada", "No, not at all!",
    ],
)  # fmt: skip
def test_a_reply_that_says_nothing_is_one_token(text: str) -> None:
    assert forms(text) == [REPLY]
    assert REPLY not in forms(f"{text} but the soup was cold")


@pytest.mark.parametrize(
    "text",
    [
        "no good", "not bad", "Nothing works", "No way!", "no problem", "Not worth it", "No?",
        "no complaints", "NO!!!", "no!", "no no no",
        "nothing special", "none of it arrived", "not for me", "no more",
        "Never", "pass", "no " * 40, "no, thanks to you", "not right",
        "not", "not specific", "nope!", "That's all I need", "nothing here", "Not sorry!",
        "Not really sorry", "Not to mention",
        "No feedback at all", "No feedback whatsoever!!!", "Can't say thank you",
        "No reply.", "No response whatsoever", "No answers!",
        "", " ", "reply",
    ],
)  # fmt: skip
def test_other_texts_do_not(text: str) -> None:
    assert REPLY not in forms(text)


def test_nobody_can_write_that_token() -> None:
    assert REPLY not in tokenise("<reply> no <reply>")
