from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.budget import RESERVE, SHARE, RetryBudget


@given(st.lists(st.booleans(), max_size=2_000))
def test_retries_are_a_share_of_calls_beyond_the_reserve(wishes: list[bool]) -> None:
    """Whatever the order of calls (True) and of wishes for a retry (False)."""
    budget = RetryBudget()
    retries = 0
    for call in wishes:
        if call:
            budget.earn()
        else:
            retries += budget.spend()
    assert retries <= RESERVE + SHARE * wishes.count(True) + 1e-9


def test_an_outage_uses_up_the_reserve_and_then_a_tenth() -> None:
    budget = RetryBudget()
    while budget.spend():
        pass
    retries = 0
    for _ in range(1_000):
        budget.earn()
        retries += budget.spend()
    assert 90 <= retries <= 100


def test_what_is_saved_is_bounded() -> None:
    budget = RetryBudget()
    for _ in range(10_000):
        budget.earn()
    retries = 0
    while budget.spend():
        retries += 1
    assert retries == RESERVE


def test_retries_that_did_good_are_given_back() -> None:
    budget = RetryBudget()
    for _ in range(1_000):
        assert budget.spend()
        assert budget.spend()
        budget.earn(2)
