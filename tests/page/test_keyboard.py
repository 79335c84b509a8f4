"""The page with a keyboard only."""

from __future__ import annotations

import uuid

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.page.controls import (
    PRAISE,
    comment_field,
    list_status,
    listed,
    next_page,
    sentiment_filter,
    submit_button,
)
from tests.support.api import post_comment


def tab_to(page: Page, control: Locator) -> None:
    for _ in range(200):
        page.keyboard.press("Tab")
        if control.evaluate("control => control === document.activeElement"):
            return
    pytest.fail(f"Tab does not reach {control}")


def test_a_comment_is_posted_and_read(page: Page) -> None:
    page.goto("/")
    for control in (page.get_by_role("link", name="API"), comment_field(page)):
        page.keyboard.press("Tab")
        expect(control).to_be_focused()
    text = f"typed {uuid.uuid4()}"
    page.keyboard.type(text)
    page.keyboard.press("Control+Enter")
    newest = listed(page).first
    expect(newest.locator(".text")).to_have_text(text)
    page.keyboard.type(f"{text} again")
    page.keyboard.press("Tab")
    expect(submit_button(page)).to_be_focused()
    page.keyboard.press("Enter")
    expect(newest.locator(".text")).to_have_text(f"{text} again")
    expect(comment_field(page)).to_be_focused()
    tab_to(page, newest.locator("summary"))
    page.keyboard.press("Enter")
    expect(newest.locator(".model")).to_contain_text("sha256:")
    expect(newest.locator(".model")).to_be_visible()


def test_a_comment_is_corrected_and_the_correction_taken_back(
    page: Page, client: httpx.Client
) -> None:
    post_comment(client, PRAISE)
    page.goto("/")
    newest = listed(page).first
    tab_to(page, newest.get_by_role("button", name="This is wrong"))
    page.keyboard.press("Enter")
    tab_to(page, newest.get_by_role("button", name="Neutral"))
    page.keyboard.press("Space")
    expect(newest).to_contain_text("Corrected to Neutral")
    expect(newest.get_by_role("button", name="Change")).to_be_focused()
    page.keyboard.press("Tab")
    expect(newest.get_by_role("button", name="Take back")).to_be_focused()
    page.keyboard.press("Enter")
    expect(newest.get_by_role("button", name="This is wrong")).to_be_focused()
    expect(newest).not_to_contain_text("Corrected")


def test_filters_pages_the_chart_and_exports_are_reached(page: Page, client: httpx.Client) -> None:
    for _ in range(21):
        post_comment(client, PRAISE)
    page.goto("/")
    period = page.get_by_role("combobox", name="Period")
    tab_to(page, period)
    page.keyboard.press("ArrowDown")
    expect(page.locator("#trend-rows tr")).to_have_count(7)
    tab_to(page, sentiment_filter(page))
    page.keyboard.press("ArrowDown")
    expect(list_status(page)).to_have_text("20 comments on this page.")
    tab_to(page, page.get_by_role("link", name="CSV"))
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert PRAISE in download.value.path().read_text()
    tab_to(page, next_page(page))
    page.keyboard.press("Enter")
    expect(list_status(page)).to_contain_text("Page 2.")
    expect(listed(page).first).to_be_focused()
