"""The controls of the page, as a user or a screen reader finds them."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, Route

PRAISE = "This is a fantastic project and it works perfectly!"


def comment_field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Your comment")


def submit_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Classify")


def error_message(page: Page) -> Locator:
    return page.get_by_role("alert")


def answer(page: Page) -> Locator:
    return page.get_by_role("status", name="Answer")


def listed(page: Page) -> Locator:
    """The recent comments, newest first."""
    return page.get_by_role("list", name="Recent comments").get_by_role("listitem")


def submit(page: Page, text: str) -> None:
    comment_field(page).fill(text)
    submit_button(page).click()


def hold_requests(page: Page, url: str) -> list[Route]:
    """Collect the requests to `url`; they wait until the test continues them."""
    held: list[Route] = []

    def on_route(route: Route) -> None:
        held.append(route)

    page.route(url, on_route)
    return held
