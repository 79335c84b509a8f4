"""The list of comments on the page: its pages, and new comments in it."""

from __future__ import annotations

import uuid

import httpx
from playwright.sync_api import Page, expect

from tests.page.controls import (
    hold_requests,
    list_status,
    listed,
    listed_ids,
    next_page,
    previous_page,
    submit,
)
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
    submit(page, "posted before the next page")
    expect(listed(page)).to_have_count(PAGE_RECORDS + 1)

    expected = list_ids(client, 100)
    shown = listed_ids(page)
    number = 1
    while len(shown) < len(expected):
        next_page(page).click()
        number += 1
        expect(list_status(page)).to_contain_text(f"Page {number}.")
        expect(listed(page).first).to_be_focused()
        shown += listed_ids(page)
    assert shown == expected
    expect(next_page(page)).to_be_disabled()


def test_the_previous_page_is_the_one_from_before(page: Page, client: httpx.Client) -> None:
    for number in range(2 * PAGE_RECORDS + 1):
        post_comment(client, f"number {number}")
    page.goto("/")
    expect(previous_page(page)).to_be_disabled()
    pages = []
    for number in (1, 2, 3):
        expect(listed(page)).to_have_count(PAGE_RECORDS)
        pages.append(listed_ids(page))
        next_page(page).click()
        expect(list_status(page)).to_contain_text(f"Page {number + 1}.")
    for number in (3, 2, 1):
        previous_page(page).click()
        expect(page.locator("#comments .id").first).to_have_text(pages[number - 1][0])
        assert listed_ids(page) == pages[number - 1]
    expect(list_status(page)).to_be_empty()


def test_a_comment_that_is_posted_on_a_later_page_stays_out_of_it(
    page: Page, client: httpx.Client
) -> None:
    for number in range(PAGE_RECORDS + 1):
        post_comment(client, f"number {number}")
    page.goto("/")
    next_page(page).click()
    expect(list_status(page)).to_contain_text("Page 2.")
    shown = listed_ids(page)
    text = f"new {uuid.uuid4()}"
    with page.expect_response("**/comments?explain=true"):
        submit(page, text)
    previous_page(page).click()
    expect(listed(page).first.locator(".text")).to_have_text(text)
    next_page(page).click()
    expect(list_status(page)).to_contain_text("Page 2.")
    assert listed_ids(page)[1:] == shown[:-1]


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
    expect(listed(page).first).to_be_focused()
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()


def test_a_page_that_fails_can_be_requested_again(page: Page, client: httpx.Client) -> None:
    for number in range(PAGE_RECORDS + 1):
        post_comment(client, f"number {number}")
    page.goto("/")
    expect(listed(page)).to_have_count(PAGE_RECORDS)
    expected = list_ids(client, 100)[PAGE_RECORDS : 2 * PAGE_RECORDS]
    page.route(LISTS, lambda route: route.abort())
    next_page(page).click()
    retry = page.get_by_role("button", name="Try again")
    expect(retry).to_be_focused()
    page.unroute(LISTS)
    retry.click()
    expect(list_status(page)).to_contain_text("Page 2.")
    assert listed_ids(page) == expected
