"""Posting a comment on the page: the answer, rejections and failures."""

from __future__ import annotations

import uuid

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.page.controls import (
    PRAISE,
    answer,
    answer_503,
    comment_field,
    error_message,
    hold_requests,
    listed,
    submit,
    submit_button,
)

POSTS = "**/comments?explain=true"


def test_a_comment_is_answered_and_listed_once(page: Page) -> None:
    page.goto("/")
    text = f"{PRAISE} {uuid.uuid4()}"
    with page.expect_response(lambda response: response.request.method == "POST") as response:
        submit(page, text)
    record = response.value.json()

    expect(answer(page)).to_contain_text(record["sentiment"].capitalize())
    expect(answer(page)).to_contain_text(f"{float(record['score']):.2%}")
    expect(answer(page)).to_contain_text(f"{record['confidence']} confidence")
    expect(comment_field(page)).to_have_value("")
    expect(comment_field(page)).to_be_focused()
    newest = listed(page).first
    expect(newest.locator(".text")).to_have_text(text)
    expect(newest).to_contain_text(record["sentiment"].capitalize())
    expect(listed(page).filter(has_text=text)).to_have_count(1)

    page.reload()
    expect(listed(page).first.locator(".text")).to_have_text(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "Write a comment"), ("  \n", "Write a comment"), ("x" * 5_001, "too long")],
    ids=["empty", "blank", "too long"],
)
def test_the_page_rejects_a_bad_comment_without_posting_it(
    page: Page, text: str, message: str
) -> None:
    posts = hold_requests(page, POSTS)
    page.goto("/")
    submit(page, text)
    expect(error_message(page)).to_contain_text(message)
    expect(comment_field(page)).to_have_value(text)
    expect(comment_field(page)).to_be_focused()
    assert posts == []


def test_the_counter_counts_code_points(page: Page) -> None:
    page.goto("/")
    comment_field(page).fill("👍" * 5_000)
    expect(page.get_by_text("5,000 / 5,000 characters")).to_be_visible()
    comment_field(page).fill("👍" * 5_002)
    expect(page.get_by_text("2 too many")).to_be_visible()


def test_a_rejection_by_the_gateway_is_shown_and_the_text_kept(page: Page) -> None:
    page.goto("/")
    submit(page, "\u200b")  # blank for the gateway only
    expect(error_message(page)).to_contain_text("must not be blank")
    expect(comment_field(page)).to_have_value("\u200b")
    submit(page, PRAISE)
    expect(comment_field(page)).to_have_value("")
    expect(error_message(page)).to_be_empty()


def test_an_unavailable_service_is_shown_with_the_time_to_wait(page: Page) -> None:
    page.goto("/")
    answer_503(page, POSTS, "no model", retry_after=7)
    submit(page, PRAISE)
    expect(error_message(page)).to_contain_text("Service Unavailable: no model. Try again in 7 s.")
    expect(comment_field(page)).to_have_value(PRAISE)


def test_a_lost_connection_is_shown_and_the_text_kept(page: Page, context: BrowserContext) -> None:
    page.goto("/")
    context.set_offline(True)
    submit(page, PRAISE)
    expect(error_message(page)).to_contain_text("cannot be reached")
    expect(comment_field(page)).to_have_value(PRAISE)
    context.set_offline(False)
    submit_button(page).click()
    expect(comment_field(page)).to_have_value("")


def test_a_second_submit_waits_for_the_first(page: Page) -> None:
    held = hold_requests(page, POSTS)
    page.goto("/")
    submit(page, PRAISE)
    submit_button(page).click(force=True)  # otherwise Playwright waits until it is enabled
    comment_field(page).press("Control+Enter")
    expect(page.get_by_text("Classifying…")).to_be_visible()
    comment_field(page).fill("already the next")
    assert len(held) == 1
    held[0].continue_()
    expect(submit_button(page)).not_to_have_attribute("aria-disabled", "true")
    expect(comment_field(page)).to_have_value("already the next")
