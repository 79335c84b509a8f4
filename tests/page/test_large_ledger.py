"""The page of a gateway with 10,000 records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.page.controls import (
    list_status,
    listed,
    listed_ids,
    next_page,
    sentiment_filter,
    show_filter,
)
from tests.page.ledgers import cycle, entries, gateway_with

RECORDS = 10_000
PAGES = 12
MAX_ELEMENTS = 2_000


@pytest.fixture(scope="module")
def gateway_url(bento_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    filled = entries(cycle(RECORDS), dt.timedelta(hours=22))
    with gateway_with(bento_url, tmp_path_factory.mktemp("large"), filled) as gateway:
        yield gateway.url


def elements(page: Page) -> int:
    count: int = page.evaluate("document.querySelectorAll('*').length")
    return count


def test_the_page_does_not_grow_with_the_ledger(page: Page, gateway_url: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/")
    expect(page.locator("#trend-status")).to_contain_text("10,000 comments in the last 24 hours, ")
    expect(listed(page)).to_have_count(20)
    # One page of records and one answer of statistics.
    assert len([url for url in asked if "/comments" in url or "/statistics" in url]) == 2
    assert elements(page) < MAX_ELEMENTS

    shown = listed_ids(page)
    for number in range(2, PAGES + 1):
        next_page(page).click()
        expect(list_status(page)).to_contain_text(f"Page {number}.")
        shown += listed_ids(page)
        expect(listed(page)).to_have_count(20)
        assert elements(page) < MAX_ELEMENTS
    query = {"limit": 100}
    expected: list[str] = []
    while len(expected) < len(shown):
        answer = httpx.get(f"{gateway_url}/comments", params=query).json()
        expected += [record["comment_id"] for record in answer["comments"]]
        query = {"limit": 100, "cursor": answer["next_cursor"]}
    assert shown == expected[: len(shown)]


def test_filters_find_their_records_in_one_request(page: Page) -> None:
    page.goto("/")
    expect(listed(page)).to_have_count(20)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    sentiment_filter(page).select_option("Neutral")
    expect(list_status(page)).to_have_text("20 comments on this page.")
    show_filter(page).select_option("To be corrected")
    expect(list_status(page)).to_contain_text("Low confidence")
    assert len(asked) == 2
    for item in listed(page).all():
        expect(item).to_contain_text("Neutral")
        expect(item).to_contain_text("low confidence")
