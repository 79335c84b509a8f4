"""Routes that correct what the model said of a comment."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, delete, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

import json_body
from gateway.http.access import audit
from gateway.http.access.tokens import Role, caller_of, requires
from gateway.http.openapi import examples, refusals
from gateway.http.openapi.document import Description
from gateway.http.routes.records import COLLECTION, RESOURCE, CommentId
from gateway.ledger.service import Ledger
from gateway.records import NewCorrection, Record
from problem_details import decode_json, unprocessable

PATH = f"{RESOURCE}/correction"
ROUTE = PATH.replace(":uuid", "")
"""As Litestar names it."""


BODY_MAX_BYTES = 64 * 1024

_correction = msgspec.json.Decoder(NewCorrection)


def decode(body: bytes) -> NewCorrection:
    """The body of the PUT. Litestar would call it `data`, and fail on what is no text.

    Raises:
        Problem: 400 or 422.
    """
    correction = decode_json(_correction, body)
    json_body.refuse_repeated_names(body)
    return correction


def takes_body(path: str) -> bool:
    """Whether a PUT to the path has a body, which Litestar cannot receive."""
    return path.startswith(f"{COLLECTION}/") and path.endswith("/correction")


@put(
    PATH,
    guards=[requires(Role.CORRECT)],
    operation_id="correctComment",
    summary="Correct a record",
    tags=["comments"],
    response_description="The record with its correction.",
    opt=Description(
        {200: {json_body.MEDIA_TYPE: examples.CORRECTED}},
        refusals.of_route(
            Role.CORRECT,
            refusals.UNKNOWN_RECORD,
            unprocessable("sentiment", "must be one of negative, neutral, positive"),
            body_max_bytes=BODY_MAX_BYTES,
        ),
        examples.CORRECTION,
    ).options(),
)
async def correct_comment(
    request: Request[Any, Any, Any],
    ledger: NamedDependency[Ledger],
    comment_id: CommentId,
    data: JSONBody[NewCorrection],
) -> Record:
    """Say what the comment says, in place of an earlier correction; all else stays as it was
    written. The same correction again changes nothing, its time included."""
    caller = caller_of(request).name
    record, has_changed = await ledger.correct(str(comment_id), data, caller)
    if has_changed:
        audit.done(caller, "correctComment", record.comment_id)
    return record


@delete(
    PATH,
    guards=[requires(Role.CORRECT)],
    operation_id="removeCorrection",
    summary="Remove a record's correction",
    tags=["comments"],
    status_code=HTTPStatus.OK,
    response_description="The record without a correction.",
    opt=Description(
        {200: {json_body.MEDIA_TYPE: examples.RECORD}},
        refusals.of_route(
            Role.CORRECT,
            refusals.UNKNOWN_RECORD,
        ),
    ).options(),
)
async def remove_correction(
    request: Request[Any, Any, Any],
    ledger: NamedDependency[Ledger],
    comment_id: CommentId,
) -> Record:
    caller = caller_of(request).name
    record, has_changed = await ledger.correct(str(comment_id), None, caller)
    if has_changed:
        audit.done(caller, "removeCorrection", record.comment_id)
    return record
