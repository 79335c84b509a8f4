from __future__ import annotations

import datetime as dt

import pytest

from gateway.errors import InvalidInputError
from gateway.ledger.filters import Period

NOON = dt.datetime(2025, 10, 25, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize("seconds", [0, 1])
def test_a_period_that_ends_before_it_begins_is_refused(seconds: int) -> None:
    """DynamoDB refuses the query of such a period, and SQLite finds nothing."""
    with pytest.raises(InvalidInputError, match="after `from`") as refusal:
        Period.of(NOON, NOON - dt.timedelta(seconds=seconds))
    assert refusal.value.field == "to"
