"""The chart of the sentiment over time, and its table."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.page.controls import answer, submit
from tests.page.ledgers import entries, gateway_with

SENTIMENTS = ["Positive", "Neutral", "Negative"]


@pytest.fixture(scope="module")
def gateway_url(bento_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """30 records of the last 20 hours, 12 of up to six days ago, and 5 of four weeks."""
    times = {20: dt.timedelta(hours=20), 12: dt.timedelta(days=6), 5: dt.timedelta(days=28)}
    filled = [
        entry
        for count, over in times.items()
        for entry in entries([("positive", "high"), ("negative", "low")] * count, over)
    ]
    with gateway_with(bento_url, tmp_path_factory.mktemp("trend"), filled) as gateway:
        yield gateway.url


def chart(page: Page) -> Locator:
    return page.get_by_role("img", name="Bars for each")


def statistics(page: Page, url: str) -> list[dict[str, int]]:
    """The intervals of the API."""
    intervals = page.request.get(url).json()["intervals"]
    return [each["sentiment"] for each in intervals]


def table(page: Page) -> list[list[int]]:
    rows = page.locator("#trend-rows tr")
    return [[int(cell) for cell in row.locator("td").all_text_contents()] for row in rows.all()]


@pytest.mark.parametrize(
    ("option", "unit", "bars"),
    [("Last 24 hours", "hour", 24), ("Last 7 days", "day", 7), ("Last 30 days", "day", 30)],
)
def test_each_period_has_its_bars_sums_and_table(
    page: Page, option: str, unit: str, bars: int
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/")
    page.get_by_role("combobox", name="Period").select_option(option)
    expect(page.locator("#trend-rows tr")).to_have_count(bars)
    intervals = statistics(page, [url for url in asked if "/statistics" in url][-1])
    sums = [sum(each[name.lower()] for each in intervals) for name in SENTIMENTS]
    assert min(sums[0], sums[2]) >= 20
    zone = " (UTC)" if unit == "day" else ""
    words = f"{sum(sums)} comments in the {option.lower()}{zone}, by the model's answer."
    expect(page.locator("#trend-status")).to_have_text(words)
    expect(chart(page)).to_have_accessible_name(
        f"Bars for each {unit}: {words} The table below has the numbers."
    )
    listed = page.get_by_role("list", name="Sums").get_by_role("listitem")
    for item, name, number in zip(listed.all(), SENTIMENTS, sums, strict=True):
        expect(item).to_have_text(f"{name} {number} ({number / sum(sums):.0%})")

    assert table(page) == [[each[name.lower()] for name in SENTIMENTS] for each in intervals]
    expect(chart(page).locator("g")).to_have_count(bars)
    for name in SENTIMENTS:
        shown = [each for each in intervals if each[name.lower()]]
        expect(chart(page).locator(f"rect.{name.lower()}")).to_have_count(len(shown))


def test_bars_are_as_high_as_their_numbers(page: Page) -> None:
    page.goto("/")
    expect(chart(page).locator("g")).to_have_count(24)
    heights = [
        [float(rect.get_attribute("height") or 0) for rect in bar.locator("rect.positive").all()]
        for bar in chart(page).locator("g").all()
    ]
    numbers = [row[0] for row in table(page)]
    assert len(set(numbers)) > 1
    pairs = [(n, h[0]) for n, h in zip(numbers, heights, strict=True) if n]
    # A pixel of each is the gap.
    scale = (pairs[0][1] + 1) / pairs[0][0]
    assert all(abs(h + 1 - n * scale) < 0.1 for n, h in pairs)
    for (number, height), (other, higher) in itertools.pairwise(sorted(pairs)):
        assert number == other or height < higher


def test_the_table_is_for_all_who_want_it(page: Page) -> None:
    page.goto("/")
    page.get_by_text("As a table").click()
    table = page.get_by_role("table", name="Comments of each sentiment")
    expect(table.get_by_role("columnheader")).to_have_text(["Time", *SENTIMENTS])
    expect(table.get_by_role("rowheader")).to_have_count(24)


def test_a_posted_comment_is_counted(page: Page) -> None:
    page.goto("/")
    expect(page.locator("#trend-rows tr")).to_have_count(24)
    before = sum(map(sum, table(page)))
    submit(page, "Wonderful!")
    expect(answer(page)).to_contain_text("Positive")
    expect(page.locator("#trend-status")).to_contain_text(
        f"{before + 1} comments in the last 24 hours, "
    )


def test_who_closes_it_finds_it_closed_and_nothing_is_counted(page: Page) -> None:
    counted: list[str] = []
    page.goto("/")
    expect(chart(page).locator("g")).to_have_count(24)
    page.get_by_text("Sentiment over time").click()
    expect(chart(page)).to_be_hidden()
    # The event that the page remembers it by comes after the chart is hidden.
    page.wait_for_function("() => Object.values(localStorage).includes('yes')")
    page.on("request", lambda request: counted.append(request.url))
    page.reload()
    expect(page.locator("#comments li").first).to_be_visible()
    assert [url for url in counted if "/statistics" in url] == []
    page.get_by_text("Sentiment over time").click()
    expect(chart(page).locator("g")).to_have_count(24)


def test_statistics_that_fail_are_explained(page: Page) -> None:
    page.route(
        "**/statistics*",
        lambda route: route.fulfill(
            status=504,
            headers={"Retry-After": "1", "Content-Type": "application/problem+json"},
            body='{"title": "Gateway Timeout", "status": 504, "detail": "not finished"}',
        ),
    )
    page.goto("/")
    expect(page.locator("#trend-status")).to_contain_text(
        "Gateway Timeout: not finished. Try again in 1 s."
    )
    expect(page.locator("#comments li").first).to_be_visible()
    expect(page.get_by_role("list", name="Sums")).to_be_hidden()
    page.unroute("**/statistics*")
    page.get_by_role("button", name="Count again").click()
    expect(chart(page).locator("g")).to_have_count(24)
    expect(page.get_by_role("button", name="Count again")).to_be_hidden()
    expect(page.get_by_role("combobox", name="Period")).to_be_focused()
