"""`POST /comments/batch`: many comments in one request, each with an outcome of its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Any, NoReturn

import msgspec
from litestar import post
from litestar.params import JSONBody

import json_body
from gateway.comments import Comments, Submitted
from gateway.http import problems, query
from gateway.http.access import audit
from gateway.http.access.tokens import Caller, Role, Tokens
from gateway.http.bodies import Bodies
from gateway.http.disconnect import WhileConnected
from gateway.http.exchange import Exchange
from gateway.http.openapi import DescribedOperation
from gateway.http.openapi import problems as problem_responses
from gateway.http.routes.records import COLLECTION
from gateway.http.rsgi import HTTPProtocol, Scope
from gateway.http.shedding import Shedding
from gateway.records import (
    BATCH_MAX_COMMENTS,
    KEY_MAX_CHARACTERS,
    KEY_PATTERN,
    KEY_RULE,
    NewComment,
    Record,
)
from gateway.settings import Settings
from problem_details import FieldError, Problem, ProblemDetails, decode_json, unprocessable

PATH = f"{COLLECTION}/batch"
BODY_MAX_BYTES = 4 * 1024 * 1024
MAX_UNFINISHED_BODIES = 16
QUOTES_OF_A_MEMBER = 4
"""Around its name and its string."""


class BatchComment(NewComment, frozen=True):
    """A comment of a batch."""

    idempotency_key: (
        Annotated[
            str,
            msgspec.Meta(
                min_length=1,
                max_length=KEY_MAX_CHARACTERS,
                pattern=KEY_PATTERN,
                extra={"rule": KEY_RULE},
                description="As the header `Idempotency-Key` of a single comment.",
                examples=["import-7-row-1"],
            ),
        ]
        | None
    ) = None


class Batch(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The body."""

    comments: Annotated[
        list[BatchComment], msgspec.Meta(min_length=1, max_length=BATCH_MAX_COMMENTS)
    ]


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one comment: a `record`, new with status 201 and known with 200, or a
    `problem` with its status."""

    status: Annotated[int, msgspec.Meta(examples=[201])]
    record: Record | None = None
    problem: ProblemDetails | None = None


class Outcomes(msgspec.Struct, frozen=True):
    """The outcome of each comment, in order."""

    outcomes: list[Outcome]


class _RawBatch(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    comments: list[msgspec.Raw]


_batch = msgspec.json.Decoder(_RawBatch)
_comment = msgspec.json.Decoder(BatchComment)


class BatchSubmission:
    """The RSGI application."""

    def __init__(
        self, comments: Comments, tokens: Tokens, shedding: Shedding, settings: Settings
    ) -> None:
        self._comments = comments
        self._audits = settings.gateway_audit == "all"
        self._tokens = tokens
        self._shedding = shedding
        self._bodies = Bodies(
            settings.gateway_request_seconds, BODY_MAX_BYTES, MAX_UNFINISHED_BODIES
        )

    async def __call__(self, exchange: Exchange, scope: Scope, protocol: HTTPProtocol) -> None:
        exchange.route = PATH
        if self._shedding.is_crowded():
            can_continue = await self._bodies.discard(exchange, protocol)
            await self._shedding.refuse(exchange, close=not can_continue)
            return
        body = None
        try:
            header = exchange.headers.get("authorization")
            self._tokens.require(header, Role.SUBMIT, "postComments", requests=0)
            query.read(scope.query_string, _NoQuery)
            body = await self._bodies.read(exchange, protocol)
            items = _decode(body)
            caller = self._tokens.require(header, Role.SUBMIT, "postComments", len(items))
            async with WhileConnected(protocol):
                outcomes = await self._submit(items, caller)
        except Exception as error:
            problem = problems.from_error(error)
            can_continue = body is not None or await self._bodies.discard(exchange, protocol)
            exchange.refuse(problem, close=not can_continue)
            return
        headers = (("content-type", json_body.MEDIA_TYPE),)
        exchange.answer(HTTPStatus.OK, headers, msgspec.json.encode(Outcomes(outcomes)))

    async def _submit(self, items: list[BatchComment | Problem], caller: Caller) -> list[Outcome]:
        valid = [item for item in items if not isinstance(item, Problem)]
        self._shedding.in_progress += 1
        try:
            results = await self._comments.submit_many(
                [(item.comment, item.idempotency_key) for item in valid], caller=caller.name
            )
        finally:
            self._shedding.in_progress -= 1
        if self._audits:
            for result in results:
                if not isinstance(result, Exception):
                    audit.done(caller.name, "postComments", result[0].comment_id)
        each = iter(results)
        return [_outcome(item if isinstance(item, Problem) else next(each)) for item in items]


class _NoQuery(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    pass


def _decode(body: bytes) -> list[BatchComment | Problem]:
    """The comments, or what is wrong with each.

    Raises:
        Problem: 400 or 422, the batch as a whole cannot be read.
    """
    raw = _split(body)
    if not 1 <= len(raw) <= BATCH_MAX_COMMENTS:
        raise unprocessable(
            "comments", f"must have 1 to {BATCH_MAX_COMMENTS} comments, not {len(raw)}"
        )
    items: list[BatchComment | Problem] = []
    for each in map(bytes, raw):
        try:
            comment = decode_json(_comment, each)
            # With the quotes of its members alone, no name can be there twice.
            members = 1 if comment.idempotency_key is None else 2
            if each.count(b'"') > QUOTES_OF_A_MEMBER * members:
                json_body.refuse_repeated_names(each)
            items.append(comment)
        except Exception as error:
            items.append(problems.from_error(error))
    return items


def _split(body: bytes) -> Sequence[msgspec.Raw | bytes]:
    """The JSON of each comment. Raises Problem."""
    try:
        comments = decode_json(_batch, body).comments
        # All strings but the one name are those of the comments; a second list would have more.
        if body.count(b'"') > 2 + sum(bytes(each).count(b'"') for each in comments):
            raise unprocessable("comments", "is given twice")
        return comments
    except Problem as problem:
        # Half a surrogate pair is the fault of one comment. Python's decoder lets it pass.
        if problem.status != HTTPStatus.BAD_REQUEST or (split := _split_leniently(body)) is None:
            raise
        return split


def _split_leniently(body: bytes) -> list[bytes] | None:
    """The JSON of each comment; None if it is not half a surrogate pair that is wrong."""
    try:
        batch = json.loads(body, object_pairs_hook=_Members, parse_constant=_refuse)
        if not isinstance(batch, _Members) or [name for name, _ in batch] != ["comments"]:
            return None
        [(_, comments)] = batch
        if not isinstance(comments, list) or isinstance(comments, _Members):
            return None
        if len(comments) > BATCH_MAX_COMMENTS:
            return [b""] * len(comments)  # they are only counted
        return [_encode(comment) for comment in comments]
    except (ValueError, RecursionError):
        return None


class _Members(list[tuple[str, Any]]):
    """An object, in which one name may occur twice."""


def _encode(comment: Any) -> bytes:
    if not isinstance(comment, _Members):
        return json.dumps(comment).encode()
    members = (f"{json.dumps(name)}: {json.dumps(value)}" for name, value in comment)
    return f"{{{', '.join(members)}}}".encode()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _outcome(result: Submitted | Exception) -> Outcome:
    if isinstance(result, Exception):
        problem = problems.from_error(result)
        return Outcome(problem.status, problem=problem.document())
    record, is_new = result
    return Outcome(HTTPStatus.CREATED if is_new else HTTPStatus.OK, record)


@post(
    PATH,
    operation_class=DescribedOperation,
    operation_id="postComments",
    summary=f"Classify and record up to {BATCH_MAX_COMMENTS} comments",
    tags=["comments"],
    status_code=HTTPStatus.OK,
    response_description="An outcome for each comment, in order.",
    responses=problem_responses(
        *(400, 401, 403, 408, 413, 415, 422, 429, 503, 504),
        invalid=FieldError("comments", f"must have 1 to {BATCH_MAX_COMMENTS} comments, not 0"),
    ),
)
async def post_comments(data: JSONBody[Batch]) -> Outcomes:
    """One comment that cannot be recorded costs the others nothing. An outcome with status 201
    means that its record is durable."""
    # A declaration, from which the OpenAPI document derives. `BatchSubmission` serves it.
    raise NotImplementedError
