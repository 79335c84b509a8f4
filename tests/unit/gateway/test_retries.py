from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.retries import MAX_RETRIES_SAVED, RETRIES_PER_CALL, RetryBudget


@given(st.lists(st.booleans(), max_size=2_000))
def test_retries_are_a_share_of_the_calls(requests: list[bool]) -> None:
    """In any order of calls (True) and requested retries (False)."""
    budget = RetryBudget()
    retries = 0
    for call in requests:
        if call:
            budget.earn()
        else:
            retries += budget.spend()
    assert retries <= MAX_RETRIES_SAVED + RETRIES_PER_CALL * requests.count(True) + 1e-9


def test_in_an_outage_a_tenth_of_the_calls_is_retried() -> None:
    budget = RetryBudget()
    while budget.spend():
        pass
    retries = 0
    for _ in range(1_000):
        budget.earn()
        retries += budget.spend()
    assert 90 <= retries <= 100


def test_the_budget_is_bounded() -> None:
    budget = RetryBudget()
    for _ in range(10_000):
        budget.earn()
    retries = 0
    while budget.spend():
        retries += 1
    assert retries == MAX_RETRIES_SAVED


def test_successful_retries_are_refunded() -> None:
    budget = RetryBudget()
    for _ in range(1_000):
        assert budget.spend()
        assert budget.spend()
        budget.earn(2)
