"""The page of a gateway that requires tokens."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from gateway.http.access import tokens
from tests.page.controls import PRAISE, listed, submit
from tests.support.gateways import Gateway


def test_a_token_is_requested_and_kept_for_the_tab_only(browser: Browser, bento_url: str) -> None:
    token, line = tokens.new("somebody", "submit,read")
    with (
        Gateway(bento_url, GATEWAY_TOKENS=line) as gateway,
        browser.new_context(base_url=gateway.url) as context,
    ):
        page = context.new_page()
        page.goto("/")
        expect(page.locator("#list-status")).to_contain_text("token")
        page.get_by_label("Token").fill(token)
        page.get_by_role("button", name="Use").click()
        expect(page.get_by_text("No comments yet.")).to_be_visible()
        expect(page.locator("#trend-status")).to_contain_text("0 comments in the last 24 hours")
        submit(page, PRAISE)
        expect(listed(page)).to_have_count(1)
        page.reload()
        expect(listed(page)).to_have_count(1)
        other = context.new_page()
        other.goto("/")
        expect(other.get_by_label("Token")).to_have_value("")
        assert page.evaluate("localStorage.length + document.cookie.length") == 0
