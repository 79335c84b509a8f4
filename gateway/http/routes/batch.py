"""`POST /comments/batch`: many comments in one request, each with an outcome of its own."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import post
from litestar.params import JSONBody

import json_body
from gateway.comments import Comments, Submitted
from gateway.errors import InvalidInputError, KeyReusedError, UnavailableError
from gateway.http import problems, query
from gateway.http.access import audit, rates
from gateway.http.access.tokens import Caller, Role, Tokens
from gateway.http.bodies import Bodies
from gateway.http.disconnect import WhileConnected
from gateway.http.exchange import Exchange
from gateway.http.openapi import refusals
from gateway.http.openapi.document import Description
from gateway.http.openapi.examples import COMMENT, RECORD
from gateway.http.routes.batch_body import EXAMPLE_KEY, Batch, BatchComment, decode, wrong_number
from gateway.http.routes.records import COLLECTION
from gateway.http.rsgi import HTTPProtocol, Scope
from gateway.http.shedding import Shedding
from gateway.records import BATCH_MAX_COMMENTS, Record
from gateway.settings import Settings
from problem_details import Problem, ProblemDetails

PATH = f"{COLLECTION}/batch"
BODY_MAX_BYTES = 4 * 1024 * 1024
MAX_UNFINISHED_BODIES = 12


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one comment: a `record`, new with status 201 and known with 200, or a
    `problem` with its status."""

    status: Annotated[int, msgspec.Meta(examples=[201])]
    record: Record | None = None
    problem: ProblemDetails | None = None


class Outcomes(msgspec.Struct, frozen=True):
    """The outcome of each comment, in order."""

    outcomes: list[Outcome]


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
        if refusal := self._shedding.find_refusal():
            can_continue = await self._bodies.discard(exchange, protocol)
            await self._shedding.refuse(exchange, refusal, close=not can_continue)
            return
        body = caller = None
        items: list[BatchComment | Problem] = []
        try:
            header = exchange.headers.get("authorization")
            self._tokens.require(header, Role.SUBMIT, "postComments", requests=0)
            query.read(scope.query_string, _NoQuery)
            body = await self._bodies.read(exchange, protocol)
            items = decode(body)
            caller = self._tokens.require(header, Role.SUBMIT, "postComments", len(items))
            async with WhileConnected(protocol):
                outcomes = await self._submit(items, caller)
        except Exception as error:
            problem = problems.from_error(error)
            if caller and problems.is_unavailable(problem):
                self._tokens.give_back(caller, len(items))
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
        if unavailable := sum(isinstance(result, UnavailableError) for result in results):
            self._tokens.give_back(caller, unavailable)
        if self._audits:
            for result in results:
                if not isinstance(result, Exception) and result[1]:
                    audit.done(caller.name, "postComments", result[0].comment_id)
        each = iter(results)
        return [_outcome(item if isinstance(item, Problem) else next(each)) for item in items]


class _NoQuery(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    pass


def _outcome(result: Submitted | Exception) -> Outcome:
    if isinstance(result, KeyReusedError):
        result = InvalidInputError("idempotency_key", str(result))
    if isinstance(result, Exception):
        problem = problems.from_error(result)
        return Outcome(problem.status, problem=problem.document())
    record, is_new = result
    return Outcome(HTTPStatus.CREATED if is_new else HTTPStatus.OK, record)


_BLANK = InvalidInputError("comment", "must not be blank")


@post(
    PATH,
    operation_id="postComments",
    summary=f"Classify and record up to {BATCH_MAX_COMMENTS} comments",
    tags=["comments"],
    status_code=HTTPStatus.OK,
    response_description="An outcome for each comment, in order.",
    opt=Description(
        {200: {json_body.MEDIA_TYPE: Outcomes([_outcome((RECORD, True)), _outcome(_BLANK)])}},
        refusals.of_route(
            Role.SUBMIT,
            wrong_number(0),
            rates.too_many_at_once(refusals.CALLER, refusals.RATE, BATCH_MAX_COMMENTS),
            body_max_bytes=BODY_MAX_BYTES,
        ),
        {
            "comments": [
                {"comment": COMMENT.comment, "idempotency_key": EXAMPLE_KEY},
                {"comment": " "},
            ]
        },
    ).options(),
)
async def post_comments(data: JSONBody[Batch]) -> Outcomes:
    """One comment that cannot be recorded costs the others nothing. An outcome with status 201
    means that its record is durable."""
    # A declaration, from which the OpenAPI document derives. `BatchSubmission` serves it.
    raise NotImplementedError
