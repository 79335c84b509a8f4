"""Corrections on the page: given, shown and taken back, and why they were refused."""

from __future__ import annotations

import uuid

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from gateway.http.access import tokens
from tests.page.conftest import opened
from tests.page.controls import PRAISE, answer_503, correct, listed, submit
from tests.support.api import post_comment
from tests.support.gateways import Gateway

CORRECTIONS = "**/correction"


def record_of(client: httpx.Client, item: Locator) -> httpx.Response:
    return client.get(f"/comments/{item.locator('.id').text_content()}")


def error_of(item: Locator) -> Locator:
    return item.get_by_role("alert")


@pytest.fixture
def item(page: Page, client: httpx.Client) -> Locator:
    """A positive comment in the list."""
    text = f"{PRAISE} {uuid.uuid4()}"
    post_comment(client, text)
    page.goto("/")
    return listed(page).filter(has_text=text)


def test_a_correction_is_given_shown_changed_and_taken_back(
    page: Page, client: httpx.Client, item: Locator
) -> None:
    correct(item, "Negative")
    expect(item).to_contain_text("Corrected to Negative just now")
    expect(item.get_by_role("button", name="Change")).to_be_focused()
    assert record_of(client, item).json()["correction"]["sentiment"] == "negative"

    page.reload()
    expect(item).to_contain_text("Corrected to Negative just now")
    item.get_by_role("button", name="Change").click()
    expect(item.get_by_role("button", name="Negative")).to_have_attribute("aria-pressed", "true")
    item.get_by_role("button", name="Positive").click()
    expect(item).to_contain_text("Confirmed as Positive")
    assert record_of(client, item).json()["correction"]["sentiment"] == "positive"

    item.get_by_role("button", name="Take back").click()
    expect(item.get_by_role("button", name="This is wrong")).to_be_focused()
    expect(item).not_to_contain_text("Confirmed")
    assert "correction" not in record_of(client, item).json()


def test_the_words_of_the_answer_stay_coloured(page: Page) -> None:
    page.goto("/")
    submit(page, f"Wonderful! {PRAISE} {uuid.uuid4()}")
    newest = listed(page).first
    expect(newest.locator(".word").first).to_be_visible()
    correct(newest, "Neutral")
    expect(newest).to_contain_text("Corrected to Neutral")
    expect(newest.locator(".word").first).to_be_visible()


def test_escape_leaves_the_choices(page: Page, item: Locator) -> None:
    toggle = item.get_by_role("button", name="This is wrong")
    toggle.click()
    expect(toggle).to_have_attribute("aria-expanded", "true")
    item.get_by_role("button", name="Neutral").focus()
    page.keyboard.press("Escape")
    expect(item.get_by_role("button", name="Neutral")).to_be_hidden()
    expect(toggle).to_be_focused()
    expect(toggle).to_have_attribute("aria-expanded", "false")


def test_a_note_is_text_and_stays_when_its_sentiment_is_chosen_again(
    page: Page, client: httpx.Client
) -> None:
    record = post_comment(client, f"With a note {uuid.uuid4()}")
    path = f"/comments/{record['comment_id']}"
    note = "<b>irony</b> \u202eevil"
    client.put(f"{path}/correction", json={"sentiment": "negative", "note": note})
    page.goto("/")
    item = listed(page).filter(has_text=record["original_comment"])
    expect(item.locator(".said bdi")).to_have_text(note)
    assert item.locator(".said bdi *").count() == 0
    item.get_by_role("button", name="Change").click()
    item.get_by_role("button", name="Negative").click()
    expect(item.get_by_role("button", name="Negative")).to_be_hidden()
    assert client.get(path).json()["correction"]["note"] == note


def test_a_comment_that_is_gone_is_said_to_be(client: httpx.Client, item: Locator) -> None:
    client.delete(f"/comments/{item.locator('.id').text_content()}").raise_for_status()
    correct(item, "Negative")
    expect(error_of(item)).to_have_text("This comment does not exist any more.")
    expect(item).not_to_contain_text("Corrected")


def test_an_unavailable_store_is_shown_and_the_choice_can_be_made_again(
    page: Page, item: Locator
) -> None:
    answer_503(page, CORRECTIONS, "the store is locked", retry_after=3)
    correct(item, "Negative")
    message = "Service Unavailable: the store is locked. Try again in 3 s."
    expect(error_of(item)).to_have_text(message)
    page.unroute(CORRECTIONS)
    item.get_by_role("button", name="Negative").click()
    expect(item).to_contain_text("Corrected to Negative")
    expect(error_of(item)).to_be_empty()


@pytest.mark.parametrize(
    ("roles", "rate", "message"),
    [
        ("submit,read", "", "This token does not allow it: somebody lacks the role correct."),
        # Two requests list the comments and count them.
        ("read,correct", " 2/min", "Too Many Requests: somebody may send 2 in 60 s. Try again in"),
    ],
    ids=["role", "rate"],
)
def test_a_token_that_is_refused_is_explained_at_the_record(
    browser: Browser, bento_url: str, roles: str, rate: str, message: str
) -> None:
    token, line = tokens.new("somebody", roles)
    admin, admin_line = tokens.new("admin", "admin")
    lines = f"{line}{rate}\n{admin_line}"
    with (
        Gateway(bento_url, GATEWAY_TOKENS=lines) as gateway,
        browser.new_context(base_url=gateway.url) as context,
    ):
        header = {"Authorization": f"Bearer {admin}"}
        httpx.post(f"{gateway.url}/comments", json={"comment": PRAISE}, headers=header)
        context.add_init_script(f"sessionStorage.setItem('token', '{token}')")
        with opened(context, gateway.url) as page:
            with page.expect_response("**/statistics*"):
                page.goto("/")
            correct(listed(page).first, "Negative")
            expect(error_of(listed(page).first)).to_contain_text(message)


def test_an_unknown_token_is_explained_at_the_record(browser: Browser, bento_url: str) -> None:
    token, line = tokens.new("moderation", "submit,correct,read")
    with (
        Gateway(bento_url, GATEWAY_TOKENS=line) as gateway,
        browser.new_context(base_url=gateway.url) as context,
        opened(context, gateway.url) as page,
    ):
        page.goto("/")
        page.get_by_label("Token").fill(token)
        page.get_by_role("button", name="Use").click()
        submit(page, PRAISE)
        item = listed(page).first
        page.get_by_label("Token").fill("another")
        correct(item, "Negative")
        expect(error_of(item)).to_contain_text("The service does not know this token.")
        page.get_by_label("Token").fill(token)
        item.get_by_role("button", name="Negative").click()
        expect(item).to_contain_text("Corrected to Negative by moderation just now")
