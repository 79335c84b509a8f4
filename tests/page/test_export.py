"""Exports from the page: by the browser itself, and with a token in memory or to the disk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import gateway
from gateway.http.access import tokens
from tests.page.conftest import opened
from tests.page.controls import hold_requests, listed, sentiment_filter, show_filter
from tests.page.ledgers import cycle, entries, gateway_with
from tests.support.gateways import Gateway

MODULE = Path(gateway.__file__).parent / "http/page/export.js"
RECORDS = 3_000
# Browsers open the dialog in a window that tests cannot reach: the file is one of the browser's own
# file system instead.
PICKER = """
window.showSaveFilePicker = async ({ suggestedName }) =>
  (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });
"""
NO_PICKER = "delete window.showSaveFilePicker;"
SAVED = """async name =>
  (await (await (await navigator.storage.getDirectory()).getFileHandle(name)).getFile()).text()"""


@pytest.fixture(scope="module")
def ledger(bento_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    filled = entries(cycle(RECORDS), dt.timedelta(hours=1))
    with gateway_with(bento_url, tmp_path_factory.mktemp("export"), filled) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def secured(bento_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The URL of a gateway that needs a token, and the token."""
    token, line = tokens.new("reader", "read")
    filled = entries(cycle(RECORDS), dt.timedelta(hours=1))
    folder = tmp_path_factory.mktemp("secured")
    with gateway_with(bento_url, folder, filled, line) as gateway:
        yield gateway.url, token


@contextmanager
def with_token(browser: Browser, secured: tuple[str, str], script: str) -> Iterator[Page]:
    url, token = secured
    with browser.new_context(base_url=url) as context:
        context.add_init_script(f"sessionStorage.setItem('token', '{token}'); {script}")
        with opened(context, url) as page:
            page.goto("/")
            expect(listed(page)).to_have_count(20)
            yield page


def expected(secured: tuple[str, str], query: str) -> str:
    url, token = secured
    header = {"Authorization": f"Bearer {token}"}
    text = httpx.get(f"{url}/comments/export?{query}", headers=header).raise_for_status().text
    assert text.count("\n") > 300
    return text


def start(page: Page, kind: str) -> None:
    page.get_by_role("group", name="Export").get_by_role("link", name=kind).click()


def status(page: Page) -> Locator:
    return page.locator("#export-status")


@pytest.mark.parametrize(("kind", "name"), [("JSON lines", "jsonl"), ("CSV", "csv")])
def test_the_browser_saves_what_the_filters_let_through(
    browser: Browser, ledger: Gateway, kind: str, name: str
) -> None:
    with browser.new_context(base_url=ledger.url) as context, opened(context, ledger.url) as page:
        page.goto("/")
        sentiment_filter(page).select_option("Negative")
        show_filter(page).select_option("To be corrected")
        expect(page.locator("#list-status")).to_contain_text("Low confidence")
        with page.expect_download() as download:
            start(page, kind)
        assert download.value.suggested_filename == f"comments.{name}"
        query = f"format={name}&sentiment=negative&confidence=low&corrected=false"
        text = httpx.get(f"{ledger.url}/comments/export?{query}").text
        assert download.value.path().read_text() == text
        assert text.count("\n") > 300


def test_with_a_token_it_is_saved_from_memory(browser: Browser, secured: tuple[str, str]) -> None:
    with with_token(browser, secured, NO_PICKER) as page:
        sentiment_filter(page).select_option("Negative")
        expect(listed(page).first).to_contain_text("Negative")
        with page.expect_download() as download:
            start(page, "CSV")
        assert download.value.suggested_filename == "comments.csv"
        text = expected(secured, "format=csv&sentiment=negative")
        assert download.value.path().read_text() == text
        expect(status(page)).to_have_text("comments.csv is saved: 0.2 MB.")


def test_with_a_token_it_is_saved_to_the_disk(browser: Browser, secured: tuple[str, str]) -> None:
    with with_token(browser, secured, PICKER) as page:
        start(page, "JSON lines")
        expect(status(page)).to_contain_text("comments.jsonl is saved")
        assert page.evaluate(SAVED, "comments.jsonl") == expected(secured, "format=jsonl")


def test_an_export_that_was_cut_off_is_not_saved(
    browser: Browser, secured: tuple[str, str]
) -> None:
    with with_token(browser, secured, PICKER) as page:
        text = expected(secured, "format=csv")
        page.route("**/export*", lambda route: route.fulfill(body=text[:-1]))
        start(page, "CSV")
        expect(status(page)).to_contain_text("was cut off")
        assert page.evaluate(SAVED, "comments.csv") == ""


def test_an_empty_export_is_complete(browser: Browser, secured: tuple[str, str]) -> None:
    with with_token(browser, secured, NO_PICKER) as page:
        show_filter(page).select_option("Corrected")
        expect(page.locator("#list-status")).to_have_text("No comments match.")
        with page.expect_download() as download:
            start(page, "JSON lines")
        assert download.value.path().read_text() == "\n"


def test_memory_is_bounded(browser: Browser, secured: tuple[str, str]) -> None:
    module = MODULE.read_text()
    smaller = module.replace("256 * 1024 * 1024", "0.1 * 1024 * 1024")
    assert smaller != module
    url, token = secured
    with browser.new_context(base_url=url) as context:
        context.add_init_script(f"sessionStorage.setItem('token', '{token}'); {NO_PICKER}")
        with opened(context, url) as page:
            page.route(
                "**/static/export.js",
                lambda route: route.fulfill(body=smaller, content_type="text/javascript"),
            )
            page.goto("/")
            expect(listed(page)).to_have_count(20)
            start(page, "CSV")
            expect(status(page)).to_contain_text("more than 0.1 MB")


def test_an_export_in_progress_can_be_cancelled(browser: Browser, secured: tuple[str, str]) -> None:
    with with_token(browser, secured, PICKER) as page:
        hold_requests(page, "**/export*")
        start(page, "CSV")
        page.get_by_role("button", name="Cancel").click()
        expect(status(page)).to_have_text("The export was cancelled.")
        expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
        page.unroute("**/export*")
        start(page, "CSV")
        expect(status(page)).to_contain_text("comments.csv is saved")


def test_a_refused_token_is_explained(browser: Browser, secured: tuple[str, str]) -> None:
    with with_token(browser, secured, NO_PICKER) as page:
        page.get_by_label("Token").fill("another")
        start(page, "CSV")
        expect(status(page)).to_contain_text("does not know this token")
