"""Routes that read and delete records."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from litestar import Response, delete, get
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import PathParameter, QueryParameter

from gateway.comments import Comments
from gateway.cursor import CURSOR_MAX_CHARACTERS
from gateway.http.openapi import DescribedOperation, problems
from gateway.http.tokens import Role, requires
from gateway.records import PAGE_DEFAULT_RECORDS, PAGE_MAX_RECORDS, ExplainedRecord, Page, Record
from problem_details import FieldError

COLLECTION = "/comments"
RESOURCE = "/comments/{comment_id:uuid}"
MODEL_HEADER = "X-Model"

Explain = Annotated[
    bool,
    QueryParameter(description="Whether to add the contribution of each word. It is not stored."),
]
CommentId = Annotated[
    UUID, PathParameter(examples=[Example(value="a1b2c3d4-e5f6-7890-a1b2-c3d4e5f67890")])
]
MODEL_RESPONSE_HEADER = ResponseHeader(
    name=MODEL_HEADER,
    description="The digest of the artifact that answered.",
    documentation_only=True,
    required=True,
)


@get(
    COLLECTION,
    guards=[requires(Role.READ)],
    operation_class=DescribedOperation,
    operation_id="listComments",
    summary="List records, newest first",
    tags=["comments"],
    response_description="A page of records.",
    responses=problems(
        *(401, 403, 422, 503, 504),
        invalid=FieldError("limit", f"must be at most {PAGE_MAX_RECORDS}"),
    ),
)
async def list_comments(
    comments: NamedDependency[Comments],
    limit: Annotated[
        int, QueryParameter(ge=1, le=PAGE_MAX_RECORDS, description="Records per page.")
    ] = PAGE_DEFAULT_RECORDS,
    cursor: Annotated[
        str | None,
        QueryParameter(
            max_length=CURSOR_MAX_CHARACTERS, description="The previous page's `next_cursor`."
        ),
    ] = None,
) -> Page:
    """In order of timestamp, then id. A page of 1 MB ends before its limit, and `next_cursor`
    continues. On DynamoDB a listing is eventually consistent: a new record may take moments to
    appear."""
    return await comments.page(limit, cursor)


@get(
    RESOURCE,
    guards=[requires(Role.READ)],
    operation_class=DescribedOperation,
    operation_id="getComment",
    summary="Read a record",
    tags=["comments"],
    response_description="The record, with an explanation if one was asked for.",
    response_headers=[MODEL_RESPONSE_HEADER],
    responses=problems(
        401, 403, 404, 422, 503, 504, invalid=FieldError("explain", "must be true or false")
    ),
)
async def get_comment(
    comments: NamedDependency[Comments], comment_id: CommentId, explain: Explain = False
) -> Response[ExplainedRecord]:
    record: Record = await comments.get(str(comment_id))
    if explain:
        record = await comments.explain(record)
    # Without an explanation the answer is the record, exactly as it is stored.
    return Response(record, headers={MODEL_HEADER: record.model})  # type: ignore[arg-type]


@delete(
    RESOURCE,
    guards=[requires(Role.ADMIN)],
    operation_class=DescribedOperation,
    operation_id="deleteComment",
    summary="Delete a record for good",
    tags=["comments"],
    status_code=HTTPStatus.NO_CONTENT,
    response_description="The record is gone.",
    responses=problems(401, 403, 404, 503, 504),
)
async def delete_comment(comments: NamedDependency[Comments], comment_id: CommentId) -> None:
    await comments.delete(str(comment_id))
