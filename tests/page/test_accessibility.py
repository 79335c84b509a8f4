"""The page for screen readers: what axe-core finds, and names of regions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from gateway.http.access import tokens
from tests.page.conftest import opened
from tests.page.controls import PRAISE, answer, correct, list_status, listed, show_filter, submit
from tests.support.api import post_comment
from tests.support.gateways import Gateway

Scheme = Literal["light", "dark"]
WIDE, PHONE = ViewportSize(width=1_000, height=800), ViewportSize(width=360, height=740)


def violations(page: Page) -> list[dict[str, Any]]:
    """What axe-core finds, its best practices included. Colours are judged at their end."""
    page.evaluate("Promise.all(document.getAnimations().map(each => each.finished))")
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        {"rule": each["id"], "help": each["help"], "at": [node["target"] for node in each["nodes"]]}
        for each in found
    ]


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Scheme:
    scheme: Scheme = request.param
    return scheme


@pytest.fixture(params=[WIDE, PHONE], ids=["wide", "phone"])
def page(
    request: pytest.FixtureRequest, browser: Browser, gateway_url: str, scheme: Scheme
) -> Iterator[Page]:
    with (
        browser.new_context(
            base_url=gateway_url, color_scheme=scheme, viewport=request.param
        ) as context,
        opened(context, gateway_url) as page,
    ):
        yield page


def test_axe_finds_nothing_in_any_state(page: Page, client: httpx.Client) -> None:
    post_comment(client, "Not so good, not so bad. " * 100)
    page.goto("/")
    expect(listed(page).first).to_be_visible()
    expect(page.locator("#trend-rows tr")).to_have_count(24)
    assert violations(page) == []

    submit(page, f"{PRAISE} It is not bad.")
    expect(answer(page)).to_contain_text("confidence")
    newest = listed(page).first
    newest.locator("summary").click()
    page.get_by_text("As a table").click()
    listed(page).nth(1).get_by_role("button", name="This is wrong").click()
    assert violations(page) == []

    correct(newest, "Negative")
    expect(newest).to_contain_text("Corrected to")
    page.route("**/correction", lambda route: route.abort())
    listed(page).nth(1).get_by_role("button", name="Neutral").click()
    expect(listed(page).nth(1).get_by_role("alert")).to_contain_text("cannot be reached")
    submit(page, "")
    assert violations(page) == []

    show_filter(page).select_option("Corrected")
    expect(list_status(page)).to_contain_text("on this page")
    newest.get_by_role("button", name="Change").click()
    assert violations(page) == []


def test_axe_finds_nothing_where_a_token_is_needed(
    browser: Browser, bento_url: str, scheme: Scheme
) -> None:
    _, line = tokens.new("somebody", "read")
    with (
        Gateway(bento_url, GATEWAY_TOKENS=line) as gateway,
        browser.new_context(base_url=gateway.url, color_scheme=scheme) as context,
        opened(context, gateway.url) as page,
    ):
        page.goto("/")
        expect(page.get_by_label("Token")).to_be_visible()
        expect(page.locator("#trend-status")).to_contain_text("token")
        assert violations(page) == []


def test_landmarks_and_headings_have_names(page: Page, client: httpx.Client) -> None:
    for number in range(21):
        post_comment(client, f"number {number}")
    page.goto("/")
    for role in ("banner", "main"):
        expect(page.get_by_role(role)).to_have_count(1)
    expect(page.get_by_role("navigation", name="Reference")).to_be_visible()
    expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
    for name in ("New comment", "Filters"):
        expect(page.get_by_role("form", name=name)).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    for name in ("Sentiment over time", "Comments"):
        expect(page.get_by_role("heading", name=name, level=2)).to_be_visible()
