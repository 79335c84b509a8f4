"""The page that documents the API."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def test_every_operation_is_shown(page: Page) -> None:
    page.goto("/docs")
    paths = page.request.get("/openapi.json").json()["paths"]
    expect(page.locator(".opblock")).to_have_count(sum(len(path) for path in paths.values()))
    page.get_by_role("button", name=re.compile("Classify a comment")).click()
    expect(page.get_by_text("The record, exactly as it is stored.")).to_be_visible()
