"""The page and the API page in a real browser, against the real services."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Playwright,
    Request,
    Route,
    ViewportSize,
    expect,
    sync_playwright,
)

from gateway.http import tokens
from tests.support.gateways import Gateway

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PRAISE = "This is a fantastic project and it works perfectly!"
PAGE_RECORDS = 20

expect.set_options(timeout=10_000)


def find_browser(playwright: Playwright) -> str | None:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = find_browser(playwright)
        if path is None:
            reason = "no browser: install chromium, or run `playwright install chromium`"
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)
        with playwright.chromium.launch(executable_path=path, args=ARGUMENTS) as browser:
            yield browser


@pytest.fixture
def context(browser: Browser, gateway_url: str) -> Iterator[BrowserContext]:
    with browser.new_context(base_url=gateway_url) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext, gateway_url: str) -> Iterator[Page]:
    """A page that may ask only its own origin, and must not complain in the console."""
    requests: list[str] = []
    complaints: list[str] = []

    def on_request(request: Request) -> None:
        requests.append(request.url)

    def on_console(message: ConsoleMessage) -> None:
        # Refusals and a lost network are logged by the browser itself, and provoked by tests.
        provoked = message.text.startswith("Failed to load resource") and (
            "/comments" in message.location["url"] or "DISCONNECTED" in message.text
        )
        if message.type in {"error", "warning"} and not provoked:
            complaints.append(message.text)

    page = context.new_page()
    page.on("request", on_request)
    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert requests
    origins = (f"{gateway_url}/", "data:")
    assert [url for url in requests if not url.startswith(origins)] == []
    assert complaints == []


def field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Your comment")


def button(page: Page) -> Locator:
    return page.get_by_role("button", name="Classify")


def error(page: Page) -> Locator:
    return page.get_by_role("alert")


def items(page: Page) -> Locator:
    return page.get_by_role("list", name="Recent comments").get_by_role("listitem")


def submit(page: Page, text: str) -> None:
    field(page).fill(text)
    button(page).click()


def post(page: Page, text: str) -> dict[str, Any]:
    """Post from outside of the page."""
    response = page.request.post("/comments", data={"comment": text})
    assert response.status == 201
    record: dict[str, Any] = response.json()
    return record


def hold(page: Page, url: str) -> list[Route]:
    """Requests to `url` wait in this list until the test lets them go."""
    held: list[Route] = []

    def on_route(route: Route) -> None:
        held.append(route)

    page.route(url, on_route)
    return held


def shown_ids(page: Page) -> list[str]:
    return page.locator("#comments .id").all_text_contents()


def all_ids(page: Page) -> list[str]:
    ids: list[str] = []
    cursor = ""
    while True:
        answer = page.request.get(f"/comments?limit=100{cursor}").json()
        ids += [record["comment_id"] for record in answer["comments"]]
        if not answer["next_cursor"]:
            return ids
        cursor = f"&cursor={answer['next_cursor']}"


def test_a_comment_is_answered_and_listed_once(page: Page) -> None:
    page.goto("/")
    text = f"{PRAISE} {uuid.uuid4()}"
    with page.expect_response(lambda response: response.request.method == "POST") as response:
        submit(page, text)
    record = response.value.json()

    answer = page.get_by_role("status", name="Answer")
    expect(answer).to_contain_text(record["sentiment"].capitalize())
    expect(answer).to_contain_text(f"{float(record['score']):.2%}")
    expect(answer).to_contain_text(f"{record['confidence']} confidence")
    expect(field(page)).to_have_value("")
    expect(field(page)).to_be_focused()
    first = items(page).first
    expect(first.locator(".text")).to_have_text(text)
    expect(first).to_contain_text(record["sentiment"].capitalize())
    expect(items(page).filter(has_text=text)).to_have_count(1)

    page.reload()
    expect(items(page).first.locator(".text")).to_have_text(text)


def test_paging_shows_each_comment_once_newest_first_and_ends(page: Page) -> None:
    for number in range(2 * PAGE_RECORDS + 1):
        post(page, f"number {number}")
    page.goto("/")
    expect(items(page)).to_have_count(PAGE_RECORDS)
    submit(page, "posted between two pages")
    expect(items(page)).to_have_count(PAGE_RECORDS + 1)

    expected = all_ids(page)
    more = page.get_by_role("button", name="Show more")
    for count in range(2 * PAGE_RECORDS + 1, len(expected) + PAGE_RECORDS, PAGE_RECORDS):
        more.click()
        expect(items(page)).to_have_count(min(count, len(expected)))
    expect(more).to_be_hidden()
    assert shown_ids(page) == expected
    expect(page.get_by_text("that is all of them")).to_be_visible()


def test_a_record_that_the_first_page_also_brings_is_shown_once(page: Page) -> None:
    post(page, "something older")
    held = hold(page, "**/comments?limit=*")
    page.goto("/")
    text = f"quick {uuid.uuid4()}"
    submit(page, text)
    expect(items(page)).to_have_count(1)
    held[0].continue_()
    expect(items(page).nth(1)).to_be_visible()
    expect(items(page).filter(has_text=text)).to_have_count(1)


@pytest.mark.parametrize(
    "text",
    [
        "<script>window.harmed = true</script>",
        '<img src="/nowhere" onerror="window.harmed = true">',
        "<b>bold</b> &amp; &lt;",
    ],
)
def test_markup_is_shown_as_text(page: Page, text: str) -> None:
    page.goto("/")
    submit(page, text)
    expect(items(page).first.locator(".text")).to_have_text(text)
    assert items(page).first.locator(".text *:not(span.word)").count() == 0
    assert page.evaluate("window.harmed") is None


@pytest.mark.parametrize(
    "text", ["هذا المنتج رائع جداً", "שלום\u200f (טוב)", " two\n\n\tlines  👩‍👩‍👧‍👦 e\u0301 "]
)
def test_any_script_is_shown_exactly_and_isolated(page: Page, text: str) -> None:
    page.goto("/")
    submit(page, text)
    expect(field(page)).to_have_value("")
    shown = items(page).first.locator(".text")
    assert shown.text_content() == text
    expect(shown).to_have_attribute("dir", "auto")
    expect(shown).to_have_css("white-space", "pre-wrap")


@pytest.mark.parametrize("text", ["", "  \n", "x" * 5_001])
def test_what_cannot_be_posted_is_refused_at_once(page: Page, text: str) -> None:
    page.goto("/")
    submit(page, text)
    expect(error(page)).to_contain_text(re.compile("Write a comment|too long"))
    expect(field(page)).to_have_value(text)
    expect(field(page)).to_be_focused()


def test_the_counter_counts_code_points(page: Page) -> None:
    page.goto("/")
    field(page).fill("👍" * 5_000)
    expect(page.get_by_text("5,000 / 5,000 characters")).to_be_visible()
    field(page).fill("👍" * 5_002)
    expect(page.get_by_text("2 too many")).to_be_visible()


def test_the_servers_refusal_is_told_and_the_text_kept(page: Page) -> None:
    page.goto("/")
    submit(page, "\u200b")  # blank for the server only
    expect(error(page)).to_contain_text("must not be blank")
    expect(field(page)).to_have_value("\u200b")
    submit(page, PRAISE)
    expect(field(page)).to_have_value("")
    expect(error(page)).to_be_empty()


def test_unavailability_is_told_with_the_time_to_wait(page: Page) -> None:
    page.goto("/")
    page.route(
        "**/comments?explain=true",
        lambda route: route.fulfill(
            status=503,
            headers={"Retry-After": "7", "Content-Type": "application/problem+json"},
            body='{"title": "Service Unavailable", "status": 503, "detail": "no model"}',
        ),
    )
    submit(page, PRAISE)
    expect(error(page)).to_contain_text("Service Unavailable: no model. Try again in 7 s.")
    expect(field(page)).to_have_value(PRAISE)


def test_a_lost_gateway_is_told_and_the_text_kept(page: Page, context: BrowserContext) -> None:
    page.goto("/")
    context.set_offline(True)
    submit(page, PRAISE)
    expect(error(page)).to_contain_text("cannot be reached")
    expect(field(page)).to_have_value(PRAISE)
    context.set_offline(False)
    button(page).click()
    expect(field(page)).to_have_value("")


def test_a_list_that_fails_can_be_asked_for_again(page: Page) -> None:
    post(page, "something to list")
    page.route("**/comments?limit=*", lambda route: route.abort())
    page.goto("/")
    expect(page.get_by_text("The service cannot be reached.")).to_be_visible()
    page.unroute("**/comments?limit=*")
    page.get_by_role("button", name="Try again").click()
    expect(items(page).first).to_be_visible()


def test_a_second_submit_waits_for_the_first(page: Page) -> None:
    held = hold(page, "**/comments?explain=true")
    page.goto("/")
    submit(page, PRAISE)
    button(page).click(force=True)  # else Playwright waits until it is enabled
    field(page).press("Control+Enter")
    expect(page.get_by_text("Classifying…")).to_be_visible()
    field(page).fill("already the next")
    assert len(held) == 1
    held[0].continue_()
    expect(button(page)).not_to_have_attribute("aria-disabled", "true")
    expect(field(page)).to_have_value("already the next")


def test_the_keyboard_is_enough(page: Page) -> None:
    page.goto("/")
    for control in (page.get_by_role("link", name="API"), field(page)):
        page.keyboard.press("Tab")
        expect(control).to_be_focused()
    text = f"typed {uuid.uuid4()}"
    page.keyboard.type(text)
    page.keyboard.press("Control+Enter")
    expect(items(page).first.locator(".text")).to_have_text(text)
    page.keyboard.type(f"{text} again")
    page.keyboard.press("Tab")
    expect(button(page)).to_be_focused()
    page.keyboard.press("Enter")
    expect(items(page).first.locator(".text")).to_have_text(f"{text} again")
    expect(field(page)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(items(page).first.locator(".model")).to_contain_text("sha256:")


@pytest.mark.parametrize(("width", "height"), [(320, 568), (360, 640), (390, 664)])
@pytest.mark.parametrize("words", [100, 400])
def test_a_phone_shows_the_answer_to_a_long_comment(
    browser: Browser, gateway_url: str, width: int, height: int, words: int
) -> None:
    size = ViewportSize(width=width, height=height)
    with browser.new_context(viewport=size, has_touch=True, is_mobile=True) as context:
        page = context.new_page()
        page.goto(gateway_url)
        field(page).fill("wonderful " * words)
        button(page).tap()
        expect(page.get_by_role("status", name="Answer").locator("b")).to_be_in_viewport()


def test_a_narrow_screen_does_not_scroll_sideways(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto("/")
    submit(page, "w" * 500)
    expect(field(page)).to_have_value("")
    items(page).first.locator("summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_landmarks_and_headings_are_named(page: Page) -> None:
    page.goto("/")
    for role in ("banner", "main", "navigation"):
        expect(page.get_by_role(role)).to_have_count(1)
    expect(page.get_by_role("form", name="New comment")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_role("heading", name="Recent comments", level=2)).to_be_visible()


def test_the_api_page_shows_every_operation(page: Page) -> None:
    page.goto("/docs")
    paths = page.request.get("/openapi.json").json()["paths"]
    expect(page.locator(".opblock")).to_have_count(sum(len(path) for path in paths.values()))
    page.get_by_role("button", name=re.compile("Classify a comment")).click()
    expect(page.get_by_text("The record, exactly as it was stored.")).to_be_visible()


def test_words_are_coloured_by_what_they_did(page: Page) -> None:
    page.goto("/")
    submit(page, "👍🏽 Wonderful, but the end was terrible 😡 <b>")
    item = items(page).first
    expect(item.locator(".word", has_text="Wonderful")).to_have_attribute("data-pole", "positive")
    expect(item.locator(".word", has_text="terrible")).to_have_attribute("data-pole", "negative")
    expect(item.locator(".text")).to_have_text("👍🏽 Wonderful, but the end was terrible 😡 <b>")
    item.locator("summary").click()
    expect(item.locator(".words")).to_contain_text(re.compile(r"“terrible” -\d"))


def test_an_older_comment_is_explained_when_somebody_looks(page: Page) -> None:
    post(page, "An awful, awful service")
    page.goto("/")
    item = items(page).first
    expect(item.locator(".word")).to_have_count(0)
    item.locator("summary").click()
    expect(item.locator(".word", has_text="awful").first).to_have_attribute("data-pole", "negative")
    expect(item.locator(".text")).to_have_text("An awful, awful service")


def test_a_token_is_asked_for_and_kept_for_the_tab_only(
    browser: Browser, bento_url: str, tmp_path: Path
) -> None:
    token, line = tokens.new("somebody", "submit,read")
    with (
        Gateway(bento_url, SQLITE_PATH=tmp_path / "comments.db", TOKENS=line) as gateway,
        browser.new_context(base_url=gateway.url) as context,
    ):
        page = context.new_page()
        page.goto("/")
        expect(page.locator("#list-status")).to_contain_text("token")
        page.get_by_label("Token").fill(token)
        page.get_by_role("button", name="Use").click()
        expect(page.get_by_text("No comments yet.")).to_be_visible()
        submit(page, PRAISE)
        expect(items(page)).to_have_count(1)
        page.reload()
        expect(items(page)).to_have_count(1)
        other = context.new_page()
        other.goto("/")
        expect(other.get_by_label("Token")).to_have_value("")
        assert page.evaluate("localStorage.length + document.cookie.length") == 0
