"""The page with a keyboard only, with a screen reader, and on small screens."""

from __future__ import annotations

import uuid

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.page.controls import answer, comment_field, listed, submit, submit_button


def test_the_keyboard_is_enough(page: Page) -> None:
    page.goto("/")
    for control in (page.get_by_role("link", name="API"), comment_field(page)):
        page.keyboard.press("Tab")
        expect(control).to_be_focused()
    text = f"typed {uuid.uuid4()}"
    page.keyboard.type(text)
    page.keyboard.press("Control+Enter")
    expect(listed(page).first.locator(".text")).to_have_text(text)
    page.keyboard.type(f"{text} again")
    page.keyboard.press("Tab")
    expect(submit_button(page)).to_be_focused()
    page.keyboard.press("Enter")
    expect(listed(page).first.locator(".text")).to_have_text(f"{text} again")
    expect(comment_field(page)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(listed(page).first.locator(".model")).to_contain_text("sha256:")


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


def test_a_narrow_screen_does_not_scroll_sideways(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto("/")
    submit(page, "w" * 500)
    expect(comment_field(page)).to_have_value("")
    listed(page).first.locator("summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_landmarks_and_headings_have_names(page: Page) -> None:
    page.goto("/")
    for role in ("banner", "main", "navigation"):
        expect(page.get_by_role(role)).to_have_count(1)
    expect(page.get_by_role("form", name="New comment")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_role("heading", name="Recent comments", level=2)).to_be_visible()
