"""`POST /comments`, the hot route."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.http import problems, query
from gateway.http.disconnect import WhileConnected
from gateway.http.problems import Problem
from gateway.http.query import RecordQuery
from gateway.http.tokens import Role
from gateway.records import KEY_MAX_CHARACTERS, KEY_PATTERN, NewComment

if TYPE_CHECKING:
    from gateway.comments import Comments
    from gateway.http.tokens import Tokens

BODY_MAX_BYTES = 64 * 1024
# Two names and their two strings; most bodies have fewer and need no second look.
QUOTES_OF_TWO = 8

_key = re.compile(KEY_PATTERN)
_surrogate = re.compile(rb"\\u[dD][89a-fA-F]")
_new_comment = msgspec.json.Decoder(NewComment)


async def hot(scope: Scope, receive: Receive, send: Send) -> None:
    """`submit` as an application of its own."""
    try:
        response = await submit(Request(scope, receive))
    except Exception as error:
        response = problems.answer(error)
    await response(scope, receive, send)


async def submit(request: Request) -> Response:
    """Have the comment classified and recorded; answer with its record."""
    comments: Comments = request.state.comments
    tokens: Tokens = request.state.tokens
    headers: dict[bytes, bytes] = dict(request.scope["headers"])
    caller = tokens.require(_text(headers, b"authorization"), Role.SUBMIT)
    key = _idempotency_key(headers)
    explain = query.read(request.scope, RecordQuery).explain
    comment = (await _read_new_comment(headers, request.receive)).comment
    async with WhileConnected(request.receive):
        record, new = await comments.submit(comment, caller=caller.name, key=key)
        if explain:
            record = await comments.explain(record)
    return Response(
        msgspec.json.encode(record),
        HTTPStatus.CREATED if new else HTTPStatus.OK,
        {"Location": f"/comments/{record.comment_id}", "X-Model": record.model},
        "application/json",
    )


def _text(headers: dict[bytes, bytes], name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")


def _idempotency_key(headers: dict[bytes, bytes]) -> str | None:
    key = _text(headers, b"idempotency-key")
    if key is not None and not (len(key) <= KEY_MAX_CHARACTERS and _key.fullmatch(key)):
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"must have 1 to {KEY_MAX_CHARACTERS} printable ASCII characters",
            field="Idempotency-Key",
        )
    return key


async def _read_new_comment(headers: dict[bytes, bytes], receive: Receive) -> NewComment:
    media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if media_type != b"application/json":
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "must be application/json", field="Content-Type"
        )
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "must be identity", field="Content-Encoding"
        )
    # Said at once, before it has come; the parser saw to it that the length is a number.
    if int(headers.get(b"content-length", b"0")) > BODY_MAX_BYTES:
        raise _too_large()
    body = await _read_body(receive)
    try:
        comment = _new_comment.decode(body)
    except msgspec.ValidationError as error:
        raise problems.from_validation(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # Half a surrogate pair at the end of a string is "truncated" to msgspec.
        hint = " (are \\ud800 to \\udfff paired?)" if _surrogate.search(body) else ""
        raise Problem(
            HTTPStatus.BAD_REQUEST, f"is not valid JSON: {error}{hint}", field="body"
        ) from None
    # To msgspec the last of two counts, to others the first (RFC 8259, 4); so neither does here.
    if body.count(b'"') >= QUOTES_OF_TWO and len(json.loads(body, object_pairs_hook=list)) > 1:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "is there twice", field="comment")
    return comment


async def _read_body(receive: Receive) -> bytes:
    """All of it; the door sees to it that it comes in time."""
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message["body"]
        more = message["more_body"]
        if len(body) > BODY_MAX_BYTES:
            raise _too_large()
    return body


def _too_large() -> Problem:
    return Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"must have at most {BODY_MAX_BYTES:,} bytes",
        field="body",
    )
