"""A page of another origin that uses the gateway, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gateway.http.access import tokens
from tests.page.controls import PRAISE
from tests.support.gateways import Gateway

PAGE = b"""<!doctype html>
<html lang="en">
<title>A shop</title>
<p id="answer"></p>
<script>
  async function post(url, token) {
    const headers = { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() };
    if (token) headers.Authorization = `Bearer ${token}`;
    const body = JSON.stringify({ comment: "This is a fantastic project and it works perfectly!" });
    const show = (text) => { document.getElementById("answer").textContent = text; };
    try {
      const response = await fetch(`${url}/comments`, { method: "POST", headers, body });
      const { sentiment, original_comment } = await response.json();
      const location = response.headers.get("Location");
      show(`${response.status} ${sentiment}: ${original_comment} ${location}`);
    } catch (error) {
      show(error.name);
    }
  }
</script>
"""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """The origin of another web server on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def page(browser: Browser, shop: str) -> Iterator[Page]:
    context: BrowserContext
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(shop)
        yield page


def test_a_page_of_an_allowed_origin_posts_a_comment(page: Page, shop: str, bento_url: str) -> None:
    with Gateway(bento_url, GATEWAY_CORS_ORIGINS=shop) as gateway:
        page.evaluate("url => post(url)", gateway.url)
        expect(page.locator("#answer")).to_contain_text(f"201 positive: {PRAISE} /comments/")


def test_it_sends_a_token_of_its_own(page: Page, shop: str, bento_url: str) -> None:
    token, line = tokens.new("shop", "submit")
    with Gateway(bento_url, GATEWAY_CORS_ORIGINS=shop, GATEWAY_TOKENS=line) as gateway:
        page.evaluate("url => post(url)", gateway.url)
        expect(page.locator("#answer")).to_contain_text("401")
        page.evaluate("([url, token]) => post(url, token)", [gateway.url, token])
        expect(page.locator("#answer")).to_contain_text("201 positive")


@pytest.mark.parametrize("origins", ["", "https://www.example.com"], ids=["none", "another"])
def test_the_browser_refuses_every_other_origin(page: Page, bento_url: str, origins: str) -> None:
    with Gateway(bento_url, GATEWAY_CORS_ORIGINS=origins) as gateway:
        page.evaluate("url => post(url)", gateway.url)
        expect(page.locator("#answer")).to_have_text("TypeError")
        assert page.request.get(f"{gateway.url}/comments").json()["comments"] == []
