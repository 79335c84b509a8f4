"""Rates: their form, and what is counted."""

from __future__ import annotations

import random
import re
import time

import pytest

from gateway.http.access.rates import Rate, Rates
from problem_details import Problem


@pytest.mark.parametrize(
    ("text", "rate"), [("100/s", Rate(100, 1)), ("6000/min", Rate(6_000, 60)), ("1/s", Rate(1, 1))]
)
def test_a_rate_is_parsed(text: str, rate: Rate) -> None:
    assert Rate.parse(text) == rate


@pytest.mark.parametrize("text", ["", "0/s", "1", "1/h", "-1/s", "1.5/s", "01/s", "1/s ", "x/min"])
def test_anything_else_is_no_rate(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        Rate.parse(text)


def test_requests_that_are_refused_do_not_count() -> None:
    rates, rate = Rates(), Rate(10, 60)
    rates.count("app", rate, 8)
    with pytest.raises(Problem) as refusal:
        rates.count("app", rate, 3)
    assert refusal.value.status == 429
    assert refusal.value.headers["RateLimit"].startswith('"token";r=2;')
    rates.count("app", rate, 2)
    rates.count("other", rate, 10)


def test_what_is_given_back_does_not_count() -> None:
    rates, rate = Rates(), Rate(10, 60)
    counted_at = rates.count("app", rate, 10)
    rates.give_back("app", rate, 4, counted_at)
    rates.count("app", rate, 4)
    with pytest.raises(Problem):
        rates.count("app", rate, 1)


def test_nothing_is_given_back_that_was_not_counted() -> None:
    rates, rate = Rates(), Rate(10, 60)
    rates.give_back("app", rate, 5, 1_800_000_000.0)
    with pytest.raises(Problem):
        rates.count("app", rate, 11)
    rates.count("app", rate, 10)
    with pytest.raises(Problem):
        rates.count("app", rate, 1)


def test_only_the_window_that_counted_gives_back(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_800_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    rates, rate = Rates(), Rate(10, 1)
    counted_at = rates.count("app", rate, 10)
    now += 4
    rates.count("app", rate, 10)
    rates.give_back("app", rate, 10, counted_at)
    with pytest.raises(Problem):
        rates.count("app", rate, 1)
    now += 0.5
    rates.give_back("app", rate, 10, now - 0.5)
    rates.count("app", rate, 10)


def test_what_can_never_pass_is_not_told_to_wait() -> None:
    rates, rate = Rates(), Rate(10, 60)
    with pytest.raises(Problem) as refusal:
        rates.count("app", rate, 11)
    assert refusal.value.status == 422
    assert refusal.value.errors[0].field == "comments"
    assert "at most 10" in refusal.value.detail
    assert refusal.value.headers == {"RateLimit-Policy": '"token";q=10;w=60'}
    rates.count("app", rate, 10)


def test_a_request_of_no_comments_is_always_let_through() -> None:
    rates, rate = Rates(), Rate(1, 60)
    rates.count("app", rate, 1)
    rates.count("app", rate, 0)


@pytest.mark.parametrize("rate", [Rate(10, 1), Rate(600, 60)])
def test_who_waits_as_told_is_let_through_and_not_a_second_before(
    rate: Rate, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(13)  # noqa: S311
    now = 1_800_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    for number in range(200):
        rates, name = Rates(), f"app {number}"
        refusal = None
        while refusal is None:
            now += rng.uniform(0, rate.seconds / 4)
            size = rng.randint(1, rate.requests)
            try:
                rates.count(name, rate, size)
            except Problem as problem:
                refusal = problem
        now += int(refusal.headers["Retry-After"]) - 1
        if refusal.headers["Retry-After"] != "1":
            with pytest.raises(Problem):
                rates.count(name, rate, size)
        now += 1.001  # a request takes its time
        rates.count(name, rate, size)
