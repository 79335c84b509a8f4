"""How the page shows the text of a comment, and what each word contributed."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.page.controls import comment_field, listed, submit
from tests.support.api import post_comment


@pytest.mark.parametrize(
    "text",
    [
        "<script>window.harmed = true</script>",
        '<img src="/nowhere" onerror="window.harmed = true">',
        "<b>bold</b> &amp; &lt;",
    ],
)
def test_markup_is_shown_as_text(page: Page, text: str) -> None:
    page.goto("/")
    submit(page, text)
    expect(listed(page).first.locator(".text")).to_have_text(text)
    assert listed(page).first.locator(".text *:not(span.word)").count() == 0
    assert page.evaluate("window.harmed") is None


@pytest.mark.parametrize(
    "text", ["هذا المنتج رائع جداً", "שלום\u200f (טוב)", " two\n\n\tlines  👩‍👩‍👧‍👦 e\u0301 "]
)
def test_any_script_is_shown_unchanged_and_in_its_own_direction(page: Page, text: str) -> None:
    page.goto("/")
    submit(page, text)
    expect(comment_field(page)).to_have_value("")
    shown = listed(page).first.locator(".text")
    assert shown.text_content() == text
    expect(shown).to_have_attribute("dir", "auto")
    expect(shown).to_have_css("white-space", "pre-wrap")


def test_words_are_coloured_by_their_contribution(page: Page) -> None:
    page.goto("/")
    text = "👍🏽 Wonderful, but the end was terrible 😡 <b>"
    submit(page, text)
    newest = listed(page).first
    expect(newest.locator(".word", has_text="Wonderful")).to_have_attribute("data-pole", "positive")
    expect(newest.locator(".word", has_text="terrible")).to_have_attribute("data-pole", "negative")
    expect(newest.locator(".text")).to_have_text(text)
    newest.locator("summary").click()
    expect(newest.locator(".words")).to_contain_text(re.compile(r"“terrible” -\d"))


def test_an_older_comment_is_explained_when_opened(page: Page, client: httpx.Client) -> None:
    text = "An awful, awful service"
    post_comment(client, text)
    page.goto("/")
    newest = listed(page).first
    expect(newest.locator(".word")).to_have_count(0)
    newest.locator("summary").click()
    awful = newest.locator(".word", has_text="awful").first
    expect(awful).to_have_attribute("data-pole", "negative")
    expect(newest.locator(".text")).to_have_text(text)


# The left edge of each character outside of the words, on each of its text nodes.
FIGURE_EDGES = """
words => [...words.childNodes].filter(node => node.nodeType === Node.TEXT_NODE).map(node =>
  [...node.data].map((_, index) => {
    const range = document.createRange();
    range.setStart(node, index);
    range.setEnd(node, index + 1);
    return range.getBoundingClientRect().left;
  }))
"""


def test_bidirectional_characters_do_not_reorder_the_figures(page: Page) -> None:
    page.goto("/")
    submit(page, "wonder\u202eful \u2067and</bdi> terri\u202eble")
    newest = listed(page).first
    newest.locator("summary").click()
    words = newest.locator(".words")
    expect(words).to_contain_text(
        re.compile("“wonder\u202eful” [+]\\d.*“terri\u202eble” -\\d|“terri.*“wonder", re.DOTALL)
    )
    assert {"wonder\u202eful", "terri\u202eble"} <= set(words.locator("bdi").all_text_contents())
    assert words.locator("*:not(bdi)").count() == 0
    edges = [edge for figure in words.evaluate(FIGURE_EDGES) for edge in figure]
    assert edges == sorted(edges)
    assert len(edges) > 10
