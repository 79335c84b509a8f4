"""Filters of the list: the sentiment, and what is to be corrected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.page.conftest import opened
from tests.page.controls import (
    correct,
    hold_requests,
    list_status,
    listed,
    listed_ids,
    next_page,
    sentiment_filter,
    show_filter,
    submit,
)
from tests.page.ledgers import Answer, entries, gateway_with

MOST: list[Answer] = [("positive", "high"), ("negative", "low")]
SOME: list[Answer] = [("positive", "medium"), ("negative", "high"), ("positive", "low")]
ANSWERS = 25 * MOST + 3 * SOME


@pytest.fixture(scope="module")
def gateway_url(bento_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("filters")
    with gateway_with(bento_url, folder, entries(ANSWERS, dt.timedelta(hours=1))) as gateway:
        yield gateway.url


@pytest.fixture
def client(gateway_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=gateway_url) as client:
        yield client


def ids(client: httpx.Client, **query: object) -> list[str]:
    """The ids of all comments of a filter."""
    parameters: dict[str, Any] = {"limit": 100, **query}
    return [
        each["comment_id"] for each in client.get("/comments", params=parameters).json()["comments"]
    ]


def test_a_sentiment_is_listed_alone_over_all_its_pages(page: Page, client: httpx.Client) -> None:
    page.goto("/")
    sentiment_filter(page).select_option("Negative")
    expect(list_status(page)).to_have_text("20 comments on this page.")
    shown = listed_ids(page)
    next_page(page).click()
    expect(list_status(page)).to_have_text("Page 2. 8 comments on this page.")
    assert shown + listed_ids(page) == ids(client, sentiment="negative")
    expect(next_page(page)).to_be_disabled()
    sentiment_filter(page).select_option("Neutral")
    expect(list_status(page)).to_have_text("No comments match.")
    expect(listed(page)).to_have_count(0)
    expect(next_page(page)).to_be_hidden()


def test_what_the_model_is_least_sure_of_is_to_be_corrected_first(
    page: Page, client: httpx.Client
) -> None:
    done = ids(client, confidence="low")[0]
    client.put(f"/comments/{done}/correction", json={"sentiment": "neutral"}).raise_for_status()
    page.goto("/")
    show_filter(page).select_option("To be corrected")
    shown = []
    for status in [
        "Low confidence, not corrected. 20 comments on this page.",
        "Page 2. Low confidence, not corrected. 7 comments on this page.",
        "Page 3. Medium confidence, not corrected. 3 comments on this page.",
        "Page 4. High confidence, not corrected. 20 comments on this page.",
        "Page 5. High confidence, not corrected. 8 comments on this page.",
    ]:
        expect(list_status(page)).to_have_text(status)
        shown += listed_ids(page)
        if next_page(page).is_enabled():
            next_page(page).click()
    expect(next_page(page)).to_be_disabled()
    assert shown == [
        each
        for confidence in ("low", "medium", "high")
        for each in ids(client, confidence=confidence, corrected="false")
    ]
    assert done not in shown

    show_filter(page).select_option("Corrected")
    expect(list_status(page)).to_have_text("1 comment on this page.")
    assert listed_ids(page) == [done]


def test_the_two_filters_combine_and_skip_what_is_empty(page: Page, client: httpx.Client) -> None:
    page.goto("/")
    sentiment_filter(page).select_option("Positive")
    show_filter(page).select_option("To be corrected")
    expect(list_status(page)).to_have_text(
        "Low confidence, not corrected. 3 comments on this page."
    )
    for item in listed(page).all():
        correct(item, "Positive")
        expect(item).to_contain_text("Confirmed as")
    sentiment_filter(page).select_option("All")
    sentiment_filter(page).select_option("Positive")
    # None of low confidence is left.
    expect(list_status(page)).to_contain_text("Medium confidence, not corrected. 3 comments")
    assert listed_ids(page) == ids(
        client, sentiment="positive", confidence="medium", corrected="false"
    )


def test_a_ledger_without_neutral_comments_has_none_to_correct(page: Page) -> None:
    page.goto("/")
    show_filter(page).select_option("To be corrected")
    sentiment_filter(page).select_option("Neutral")
    expect(list_status(page)).to_contain_text("Nothing is left to correct.")


def test_a_new_comment_is_listed_only_if_the_filter_lets_it_through(page: Page) -> None:
    page.goto("/")
    sentiment_filter(page).select_option("Negative")
    expect(list_status(page)).to_contain_text("20 comments")
    submit(page, "I love it, it is wonderful and perfect!")
    expect(page.get_by_role("status", name="Answer")).to_contain_text("Positive")
    expect(listed(page)).to_have_count(20)
    submit(page, "Horrible, I hate it. A terrible waste of money.")
    expect(listed(page)).to_have_count(21)
    expect(list_status(page)).to_have_text("21 comments on this page.")


def test_an_answer_that_comes_too_late_is_not_shown(page: Page, client: httpx.Client) -> None:
    page.goto("/")
    expect(listed(page)).to_have_count(20)
    held = hold_requests(page, "**/comments?limit=*sentiment=negative*")
    with page.expect_request("**/comments?limit=*sentiment=negative*"):
        sentiment_filter(page).select_option("Negative")
    sentiment_filter(page).select_option("Positive")
    positive = ids(client, sentiment="positive")[:20]
    expect(page.locator("#comments .id")).to_have_text(positive)
    with page.expect_response("**/comments?limit=*sentiment=negative*") as late:
        held[0].continue_()
    late.value.finished()
    page.evaluate("new Promise(requestAnimationFrame)")
    assert listed_ids(page) == positive


def test_a_page_that_had_to_look_far_goes_on_by_itself(
    browser: Browser, gateway_url: str, client: httpx.Client
) -> None:
    """On DynamoDB a page of a rare kind may be empty, with a cursor."""
    first = client.get("/comments", params={"limit": 1}).json()
    with browser.new_context(base_url=gateway_url) as context, opened(context, gateway_url) as page:
        page.route(
            "**/comments?limit=20",
            lambda route: route.fulfill(json={**first, "comments": []}),
        )
        page.goto("/")
        expect(listed(page)).to_have_count(20)
        assert first["comments"][0]["comment_id"] not in listed_ids(page)
