"""A real browser, and pages of the shared gateway in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    expect,
    sync_playwright,
)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=10_000)


def find_browser(playwright: Playwright) -> str | None:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    bundled = playwright.chromium.executable_path
    return bundled if Path(bundled).exists() else None


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Closed after this folder: its event loop would be in the way of asynchronous tests."""
    with sync_playwright() as playwright:
        path = find_browser(playwright)
        if path is None:
            reason = "no browser: install chromium, or run `playwright install chromium`"
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)
        with playwright.chromium.launch(executable_path=path, args=ARGUMENTS) as browser:
            yield browser


@contextmanager
def opened(context: BrowserContext, origin: str) -> Iterator[Page]:
    """A new page. It must load from this origin only, and log no errors or warnings."""
    requests: list[str] = []
    messages: list[str] = []

    def on_request(request: Request) -> None:
        requests.append(request.url)

    def on_console(message: ConsoleMessage) -> None:
        # The browser itself logs rejections and a lost network, which tests provoke.
        provoked = message.text.startswith("Failed to load resource") and (
            any(path in message.location["url"] for path in ("/comments", "/statistics"))
            or "DISCONNECTED" in message.text
        )
        if message.type in {"error", "warning"} and not provoked:
            messages.append(message.text)

    page = context.new_page()
    page.on("request", on_request)
    page.on("console", on_console)
    page.on("pageerror", lambda error: messages.append(str(error)))
    yield page
    assert requests
    origins = (f"{origin}/", f"blob:{origin}/", "data:")
    assert [url for url in requests if not url.startswith(origins)] == []
    assert messages == []


@pytest.fixture
def context(browser: Browser, gateway_url: str) -> Iterator[BrowserContext]:
    with browser.new_context(base_url=gateway_url) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext, gateway_url: str) -> Iterator[Page]:
    """A page of the shared gateway."""
    with opened(context, gateway_url) as page:
        yield page
