"""The page on phones, and for people who want less motion."""

from __future__ import annotations

from typing import Literal

import httpx
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.page.controls import (
    answer,
    comment_field,
    correct,
    listed,
    next_page,
    submit,
    submit_button,
)
from tests.support.api import post_comment

WIDTHS = [320, 360]


@pytest.mark.parametrize(("width", "height"), [(320, 568), (360, 640), (390, 664)])
@pytest.mark.parametrize("words", [100, 400])
def test_a_phone_shows_the_answer_to_a_long_comment(
    browser: Browser, gateway_url: str, width: int, height: int, words: int
) -> None:
    size = ViewportSize(width=width, height=height)
    with browser.new_context(viewport=size, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        page.goto(gateway_url)
        comment_field(page).fill("wonderful " * words)
        submit_button(page).tap()
        expect(answer(page).locator("b")).to_be_in_viewport()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_narrow_screen_does_not_scroll_sideways(
    page: Page, client: httpx.Client, width: int
) -> None:
    for number in range(21):
        post_comment(client, f"number {number}")
    record = post_comment(client, "with a note")
    note = {"sentiment": "negative", "note": "n" * 500}
    client.put(f"/comments/{record['comment_id']}/correction", json=note).raise_for_status()
    page.set_viewport_size({"width": width, "height": 640})
    page.goto("/")
    submit(page, "w" * 500)
    expect(comment_field(page)).to_have_value("")
    newest = listed(page).first
    newest.locator("summary").click()
    page.get_by_text("As a table").click()
    correct(newest, "Negative")
    expect(newest).to_contain_text("Corrected to")
    newest.get_by_role("button", name="Change").click()
    expect(page.locator("#trend-rows tr")).to_have_count(24)
    expect(next_page(page)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Nothing is cut off either.
    assert (
        page.evaluate(
            "[...document.querySelectorAll('main *')].filter(each => !each.closest('.hidden')"
            " && each.getBoundingClientRect().right > innerWidth).map(each => each.outerHTML)"
        )
        == []
    )


@pytest.mark.parametrize(("motion", "animation"), [("no-preference", "appear"), ("reduce", "none")])
def test_nothing_moves_for_who_wants_less_motion(
    browser: Browser,
    gateway_url: str,
    motion: Literal["no-preference", "reduce"],
    animation: str,
) -> None:
    with browser.new_context(base_url=gateway_url, reduced_motion=motion) as context:
        page = context.new_page()
        page.goto("/")
        submit(page, "It moves.")
        expect(page.locator("#comments .new")).to_have_css("animation-name", animation)
        moving = "[...document.querySelectorAll('*')].map(each => getComputedStyle(each))"
        properties = f"{moving}.filter(each => each.transitionDuration !== '0s').length"
        assert page.evaluate(properties) == 0
