"""The list of recent comments on the page."""

from __future__ import annotations

import uuid

import httpx
from playwright.sync_api import Page, expect

from tests.page.controls import hold_requests, listed, submit
from tests.support.api import list_ids, post_comment

PAGE_RECORDS = 20
LISTS = "**/comments?limit=*"


def test_paging_shows_each_comment_once_newest_first_and_ends(
    page: Page, client: httpx.Client
) -> None:
    for number in range(2 * PAGE_RECORDS + 1):
        post_comment(client, f"number {number}")
    page.goto("/")
    expect(listed(page)).to_have_count(PAGE_RECORDS)
    submit(page, "posted between two pages")
    expect(listed(page)).to_have_count(PAGE_RECORDS + 1)

    expected = list_ids(client, 100)
    more = page.get_by_role("button", name="Show more")
    for count in range(2 * PAGE_RECORDS + 1, len(expected) + PAGE_RECORDS, PAGE_RECORDS):
        more.click()
        expect(listed(page)).to_have_count(min(count, len(expected)))
    expect(more).to_be_hidden()
    assert page.locator("#comments .id").all_text_contents() == expected
    expect(page.get_by_text("that is all of them")).to_be_visible()


def test_a_new_comment_that_the_first_page_also_has_is_shown_once(
    page: Page, client: httpx.Client
) -> None:
    post_comment(client, "something older")
    held = hold_requests(page, LISTS)
    page.goto("/")
    text = f"quick {uuid.uuid4()}"
    submit(page, text)
    expect(listed(page)).to_have_count(1)
    held[0].continue_()
    expect(listed(page).nth(1)).to_be_visible()
    expect(listed(page).filter(has_text=text)).to_have_count(1)


def test_a_list_that_fails_can_be_requested_again(page: Page, client: httpx.Client) -> None:
    post_comment(client, "something to list")
    page.route(LISTS, lambda route: route.abort())
    page.goto("/")
    expect(page.get_by_text("The service cannot be reached.")).to_be_visible()
    page.unroute(LISTS)
    page.get_by_role("button", name="Try again").click()
    expect(listed(page).first).to_be_visible()
