"""Routes that read and delete records."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, delete, get
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import PathParameter, QueryParameter

import json_body
from gateway.comments import Comments
from gateway.http.access import audit
from gateway.http.access.tokens import Role, caller_of, requires
from gateway.http.openapi import examples, refusals
from gateway.http.openapi.document import Description
from gateway.ledger import cursor as cursors
from gateway.ledger.cursor import CURSOR_MAX_CHARACTERS, Position
from gateway.ledger.filters import Filter, Period
from gateway.ledger.service import Ledger
from gateway.records import (
    MODEL_PATTERN,
    PAGE_DEFAULT_RECORDS,
    PAGE_MAX_RECORDS,
    Confidence,
    Digest,
    ExplainedRecord,
    Page,
    Record,
    Sentiment,
)
from problem_details import unprocessable

COLLECTION = "/comments"
RESOURCE = "/comments/{comment_id:uuid}"
MODEL_HEADER = "X-Model"

Explain = Annotated[
    bool,
    QueryParameter(description="Whether to add the contribution of each word. It is not stored."),
]
CommentId = Annotated[UUID, PathParameter(examples=[Example(value=examples.RECORD.comment_id)])]
SentimentFilter = Annotated[Sentiment | None, QueryParameter(description="As the model said.")]
ConfidenceFilter = Annotated[Confidence | None, QueryParameter(description="As the model said.")]
ModelFilter = Annotated[
    Digest | None,
    # Litestar describes no pattern of a part of a type.
    QueryParameter(
        pattern=MODEL_PATTERN,
        description="The digest of the artifact that answered.",
        examples=[Example(value=examples.RECORD.model)],
    ),
]
CorrectedFilter = Annotated[
    bool | None, QueryParameter(description="Whether a person corrected the record.")
]
Since = Annotated[
    str | None,
    QueryParameter(
        name="from",
        format="date-time",
        description="The first time, RFC 3339 with an offset.",
        examples=[Example(value="2025-10-25T00:00:00Z")],
    ),
]
Until = Annotated[
    str | None,
    QueryParameter(
        name="to",
        format="date-time",
        description="The first time after the last one, as `from`.",
        examples=[Example(value="2025-10-26T00:00:00+02:00")],
    ),
]
PAGE = Page([examples.RECORD], cursors.encode(Position.of(examples.RECORD)))


@get(
    COLLECTION,
    guards=[requires(Role.READ)],
    operation_id="listComments",
    summary="List records, newest first",
    tags=["comments"],
    response_description="A page of records.",
    opt=Description(
        {200: {json_body.MEDIA_TYPE: PAGE}},
        refusals.of_route(
            Role.READ,
            unprocessable("limit", f"must be at most {PAGE_MAX_RECORDS}"),
        ),
    ).options(),
)
async def list_comments(
    ledger: NamedDependency[Ledger],
    limit: Annotated[
        int, QueryParameter(ge=1, le=PAGE_MAX_RECORDS, description="Records per page.")
    ] = PAGE_DEFAULT_RECORDS,
    cursor: Annotated[
        str | None,
        QueryParameter(
            max_length=CURSOR_MAX_CHARACTERS,
            description="The previous page's `next_cursor`.",
            examples=[Example(value=PAGE.next_cursor)],
        ),
    ] = None,
    sentiment: SentimentFilter = None,
    confidence: ConfidenceFilter = None,
    model: ModelFilter = None,
    corrected: CorrectedFilter = None,
    since: Since = None,
    until: Until = None,
) -> Page:
    """In order of timestamp, then id; only those for which all filters hold. A cursor belongs to
    its filters. A page of 1 MB ends before its limit, and on DynamoDB one that had to read many
    other records does; `next_cursor` continues. On DynamoDB a listing is eventually consistent: a
    new record may take moments to appear."""
    where = Filter(sentiment, confidence, model, corrected, Period.parse(since, until))
    return await ledger.page(limit, cursor, where)


@get(
    RESOURCE,
    guards=[requires(Role.READ)],
    operation_id="getComment",
    summary="Read a record",
    tags=["comments"],
    response_description="The record, with an explanation if one was asked for.",
    opt=Description(
        {200: {json_body.MEDIA_TYPE: examples.EXPLAINED}},
        refusals.of_route(
            Role.READ,
            refusals.UNKNOWN_RECORD,
            unprocessable("explain", "must be true or false"),
        ),
        headers={MODEL_HEADER: examples.RECORD.model},
    ).options(),
)
async def get_comment(
    comments: NamedDependency[Comments],
    ledger: NamedDependency[Ledger],
    comment_id: CommentId,
    explain: Explain = False,
) -> Response[ExplainedRecord]:
    record: Record = await ledger.get(str(comment_id))
    if explain:
        record = await comments.explain(record)
    # Without an explanation the answer is the record, exactly as it is stored.
    return Response(record, headers={MODEL_HEADER: record.model})  # type: ignore[arg-type]


@delete(
    RESOURCE,
    guards=[requires(Role.ADMIN)],
    operation_id="deleteComment",
    summary="Delete a record for good",
    tags=["comments"],
    status_code=HTTPStatus.NO_CONTENT,
    response_description="The record is gone.",
    opt=Description(
        {204: {}},
        refusals.of_route(
            Role.ADMIN,
            refusals.UNKNOWN_RECORD,
        ),
    ).options(),
)
async def delete_comment(
    request: Request[Any, Any, Any], ledger: NamedDependency[Ledger], comment_id: CommentId
) -> None:
    await ledger.delete(str(comment_id))
    audit.done(caller_of(request).name, "deleteComment", str(comment_id))
