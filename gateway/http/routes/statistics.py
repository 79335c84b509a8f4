"""`GET /statistics`: how many records there are, by answer and time."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

import json_body
from gateway.http.access.tokens import Role, requires
from gateway.http.openapi import examples, refusals
from gateway.http.openapi.document import Description
from gateway.http.routes.records import Since, Until
from gateway.ledger.filters import Period, moment
from gateway.ledger.service import Ledger
from gateway.ledger.statistics import MAX_DAYS, By, Count, Statistics, summarise
from problem_details import unprocessable

PATH = "/statistics"
EXAMPLE = summarise(
    Period("2025-10-25T19:00:00.000Z", "2025-10-25T20:00:00.000Z"),
    "hour",
    [
        Count("2025-10-25T19", "positive", "high", examples.RECORD.model, None, 3),
        Count("2025-10-25T19", "positive", "low", examples.RECORD.model, "negative", 1),
    ],
)


@get(
    PATH,
    guards=[requires(Role.READ)],
    operation_id="getStatistics",
    summary="Count records by hour or day",
    tags=["comments"],
    response_description="The intervals, from the first to the last.",
    opt=Description(
        {200: {json_body.MEDIA_TYPE: EXAMPLE}},
        refusals.of_route(
            Role.READ,
            unprocessable("from", f"must be at most {MAX_DAYS} days before `to`"),
        ),
    ).options(),
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
