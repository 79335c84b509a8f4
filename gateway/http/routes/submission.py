"""`POST /comments`, the hot route: an application of its own, which costs a third of the CPU of a
route with a validated body in Litestar (26 µs instead of 69)."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import post
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import HeaderParameter, JSONBody

import json_body
from gateway.comments import Comments
from gateway.errors import KeyReusedError
from gateway.http import problems, query
from gateway.http.access import audit
from gateway.http.access.tokens import Caller, Role, Tokens
from gateway.http.bodies import Bodies
from gateway.http.disconnect import WhileConnected
from gateway.http.exchange import Exchange
from gateway.http.openapi import examples, refusals
from gateway.http.openapi.document import Description
from gateway.http.routes.records import COLLECTION, MODEL_HEADER, Explain
from gateway.http.rsgi import Headers, HTTPProtocol, Scope
from gateway.http.shedding import Shedding
from gateway.records import (
    KEY_MAX_CHARACTERS,
    KEY_PATTERN,
    KEY_RULE,
    ExplainedRecord,
    NewComment,
    Record,
)
from gateway.settings import Settings
from problem_details import decode_json, unprocessable

BODY_MAX_BYTES = 64 * 1024

_key = re.compile(KEY_PATTERN)
_new_comment = msgspec.json.Decoder(NewComment)


class _Query(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    explain: bool = False


class Submission:
    """The RSGI application."""

    def __init__(
        self, comments: Comments, tokens: Tokens, shedding: Shedding, settings: Settings
    ) -> None:
        self._comments = comments
        self._audits = settings.gateway_audit == "all"
        self._tokens = tokens
        self._shedding = shedding
        self._bodies = Bodies(settings.gateway_request_seconds, BODY_MAX_BYTES)

    async def __call__(self, exchange: Exchange, scope: Scope, protocol: HTTPProtocol) -> None:
        exchange.route = COLLECTION
        if refusal := self._shedding.find_refusal():
            can_continue = await self._bodies.discard(exchange, protocol)
            await self._shedding.refuse(exchange, refusal, close=not can_continue)
            return
        body = caller = None
        try:
            header = exchange.headers.get
            caller = self._tokens.require(header("authorization"), Role.SUBMIT, "postComment")
            key = _idempotency_key(exchange.headers)
            explain = query.read(scope.query_string, _Query).explain
            body = await self._bodies.read(exchange, protocol)
            comment = _decode(body).comment
            async with WhileConnected(protocol):
                record, is_new = await self._submit(comment, caller, key)
                if self._audits and is_new:
                    audit.done(caller.name, "postComment", record.comment_id)
                if explain:
                    record = await self._comments.explain(record)
        except Exception as error:
            problem = problems.from_error(error)
            if caller and problems.is_unavailable(problem):
                self._tokens.give_back(caller)
            can_continue = body is not None or await self._bodies.discard(exchange, protocol)
            exchange.refuse(problem, close=not can_continue)
            return
        headers = (
            ("content-type", json_body.MEDIA_TYPE),
            ("location", f"{COLLECTION}/{record.comment_id}"),
            ("x-model", record.model),
        )
        status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
        exchange.answer(status, headers, msgspec.json.encode(record))

    async def _submit(self, comment: str, caller: Caller, key: str | None) -> tuple[Record, bool]:
        self._shedding.in_progress += 1
        try:
            return await self._comments.submit(comment, caller=caller.name, key=key)
        finally:
            self._shedding.in_progress -= 1


def _idempotency_key(headers: Headers) -> str | None:
    if not (keys := headers.get_all("idempotency-key")) and "idempotency-key" not in headers:
        return None
    key = keys[0] if len(keys) == 1 else ""
    if not (len(key) <= KEY_MAX_CHARACTERS and _key.fullmatch(key)):
        raise unprocessable("Idempotency-Key", KEY_RULE)
    return key


def _decode(body: bytes) -> NewComment:
    comment = decode_json(_new_comment, body)
    json_body.refuse_repeated_names(body)
    return comment


@post(
    COLLECTION,
    operation_id="postComment",
    summary="Classify a comment and record it",
    tags=["comments"],
    response_description="The record, exactly as it is stored.",
    responses={
        200: ResponseSpec(
            ExplainedRecord,
            description="The record that this idempotency key made before.",
            generate_examples=False,
        ),
    },
    opt=Description(
        {
            201: {json_body.MEDIA_TYPE: examples.RECORD},
            200: {json_body.MEDIA_TYPE: examples.RECORD},
        },
        refusals.of_route(
            Role.SUBMIT,
            unprocessable("comment", "must not be blank"),
            problems.translate(KeyReusedError()),
            body_max_bytes=BODY_MAX_BYTES,
        ),
        examples.COMMENT,
        headers={
            "Location": f"{COLLECTION}/{examples.RECORD.comment_id}",
            MODEL_HEADER: examples.RECORD.model,
        },
    ).options(),
)
async def post_comment(
    data: JSONBody[NewComment],
    idempotency_key: Annotated[
        str | None,
        HeaderParameter(
            name="Idempotency-Key",
            min_length=1,
            max_length=KEY_MAX_CHARACTERS,
            pattern=KEY_PATTERN,
            description="A request with the same key and the same comment, by the same caller,"
            " returns the first record with status 200.",
            examples=[Example(value="order-1234-comment-1")],
        ),
    ] = None,
    explain: Explain = False,
) -> ExplainedRecord:
    """A 201 means that the record is durable."""
    # A declaration, from which the OpenAPI document and `Allow` derive. `Submission` serves it.
    raise NotImplementedError
