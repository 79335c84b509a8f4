"""`GET /statistics`: how many records there are, by answer and time."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from gateway.http.access.tokens import Role, requires
from gateway.http.openapi import DescribedOperation, problems
from gateway.http.routes.records import Since, Until
from gateway.ledger.filters import moment
from gateway.ledger.service import Ledger
from gateway.ledger.statistics import MAX_DAYS, By, Statistics
from problem_details import FieldError

PATH = "/statistics"


@get(
    PATH,
    guards=[requires(Role.READ)],
    operation_class=DescribedOperation,
    operation_id="getStatistics",
    summary="Count records by hour or day",
    tags=["comments"],
    response_description="The intervals, from the first to the last.",
    responses=problems(
        *(401, 403, 422, 429, 503, 504),
        invalid=FieldError("from", f"must be at most {MAX_DAYS} days before `to`"),
    ),
)
async def get_statistics(
    ledger: NamedDependency[Ledger],
    since: Since = None,
    until: Until = None,
    by: Annotated[By, QueryParameter(description="The length of an interval.")] = "hour",
) -> Statistics:
    """Exact counts of the records of [from, to): by default the last 24 hours, or the last 31 days
    by day. On DynamoDB every record of that time is read once."""
    return await ledger.statistics(moment("from", since), moment("to", until), by)
