"""The controls of the page, as a user or a screen reader finds them."""

from __future__ import annotations

import json

from playwright.sync_api import Locator, Page, Route

PRAISE = "This is a fantastic project and it works perfectly!"


def comment_field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Your comment")


def submit_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Classify")


def error_message(page: Page) -> Locator:
    """Of the form that posts comments."""
    return page.get_by_role("form", name="New comment").get_by_role("alert")


def answer(page: Page) -> Locator:
    return page.get_by_role("status", name="Answer")


def submit(page: Page, text: str) -> None:
    comment_field(page).fill(text)
    submit_button(page).click()


def listed(page: Page) -> Locator:
    """The comments of the page that is shown, newest first."""
    return page.get_by_role("list", name="Comments").get_by_role("listitem")


def list_status(page: Page) -> Locator:
    return page.locator("#list-status")


def listed_ids(page: Page) -> list[str]:
    return page.locator("#comments .id").all_text_contents()


def sentiment_filter(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Sentiment")


def show_filter(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Show")


def next_page(page: Page) -> Locator:
    return page.get_by_role("button", name="Next")


def previous_page(page: Page) -> Locator:
    return page.get_by_role("button", name="Previous")


def correct(item: Locator, sentiment: str) -> None:
    """Say what a listed comment says."""
    item.get_by_role("button", name="This is wrong").click()
    choices = item.get_by_role("group", name="What does it say?")
    choices.get_by_role("button", name=sentiment).click()


def hold_requests(page: Page, url: str) -> list[Route]:
    """Collect the requests to `url`; they wait until the test continues them."""
    held: list[Route] = []

    def on_route(route: Route) -> None:
        held.append(route)

    page.route(url, on_route)
    return held


def answer_503(page: Page, routes: str, detail: str, *, retry_after: int) -> None:
    """Answer requests to the routes (a glob) as a gateway does that cannot take them."""
    problem = {"title": "Service Unavailable", "status": 503, "detail": detail}
    headers = {"Retry-After": str(retry_after), "Content-Type": "application/problem+json"}
    page.route(
        routes, lambda route: route.fulfill(status=503, headers=headers, body=json.dumps(problem))
    )
