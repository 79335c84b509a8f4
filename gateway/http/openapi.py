"""The OpenAPI 3.1 document; its schemas are those that validate the messages."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec

from gateway.cursor import Position, encode
from gateway.http.problems import MEDIA_TYPE, ProblemDetails
from gateway.records import (
    KEY_MAX_CHARACTERS,
    KEY_PATTERN,
    PAGE_MAX_RECORDS,
    ExplainedRecord,
    NewComment,
    Page,
    Record,
)

Schema = dict[str, Any]

_RECORD = Record(
    comment_id="a1b2c3d4-e5f6-4890-a1b2-c3d4e5f67890",
    timestamp="2025-10-25T19:30:00.123Z",
    original_comment="This is a fantastic project and it works perfectly!",
    sentiment="positive",
    score="0.9987",
    confidence="high",
    model="sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
)
_RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds to wait before trying again.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
    }
}
_MODEL = {
    "X-Model": {
        "description": "The digest of the artifact that answered.",
        "required": True,
        "schema": {"type": "string"},
    }
}
_LOCATION = {
    "Location": {
        "description": "Where the record can be read again.",
        "required": True,
        "schema": {"type": "string"},
    }
}
_CHALLENGE = {
    "WWW-Authenticate": {"required": True, "schema": {"type": "string"}},
}
_REFUSALS = {
    400: "The body is not valid JSON.",
    401: "There is no token that is known.",
    403: "The token does not allow it.",
    404: "There is no such comment.",
    408: "The body did not come in time.",
    413: "The body is too large.",
    415: "The body is not declared as application/json, or is compressed.",
    422: "A field has a value it cannot have; `errors` names it.",
}
_EXPLAIN = {
    "name": "explain",
    "in": "query",
    "description": "Whether to add the contribution of each word; it is not stored.",
    "schema": {"type": "boolean", "default": False},
}
_COMMENT_ID = {
    "name": "comment_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
    "example": "a1b2c3d4-e5f6-7890-a1b2-c3d4e5f67890",
}
_FAILURES = {
    503: "The model or the store does not answer now. Nothing was acknowledged.",
    504: "It could not be done in time. Nothing was acknowledged.",
}


def document() -> Schema:
    """The whole document, as JSON types."""
    _, schemas = msgspec.json.schema_components(
        [NewComment, ExplainedRecord, Page, ProblemDetails],
        ref_template="#/components/schemas/{name}",
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Valence",
            "version": "1",
            "description": "Sentiment of user comments: classified, recorded, answered.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            "/comments": {"post": _post_comment(), "get": _list_comments()},
            "/comments/{comment_id}": {"get": _get_comment(), "delete": _delete_comment()},
            "/livez": {"get": _probe("getLivez", "Whether the gateway runs", [])},
            "/readyz": {"get": _probe("getReadyz", "Whether comments can be taken now", [503])},
        },
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        # Where the gateway was given no tokens, everybody may do everything.
        "security": [{"token": []}, {}],
    }


def _post_comment() -> Schema:
    return {
        "operationId": "postComment",
        "tags": ["comments"],
        "summary": "Classify a comment and record it",
        "description": "A 201 means that the record is durable.",
        "parameters": [
            _EXPLAIN,
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "Sent again with the same comment, by the same caller, it gives the"
                " record that was made first.",
                "schema": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": KEY_MAX_CHARACTERS,
                    "pattern": KEY_PATTERN,
                },
                "example": "order-1234-comment-1",
            },
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": _ref("NewComment"),
                    "example": {"comment": _RECORD.original_comment},
                }
            },
        },
        "responses": {
            "200": {
                **_ok(
                    "The record that this idempotency key made before.", "ExplainedRecord", _RECORD
                ),
                "headers": {**_LOCATION, **_MODEL},
            },
            "201": {
                **_ok("The record, exactly as it was stored.", "ExplainedRecord", _RECORD),
                "headers": {**_LOCATION, **_MODEL},
            },
            **_problems(400, 401, 403, 408, 413, 415, 422, 503, 504),
        },
    }


def _list_comments() -> Schema:
    return {
        "operationId": "listComments",
        "tags": ["comments"],
        "summary": "Page through all records, newest first",
        "description": "In order of timestamp, then id. With DynamoDB a listing is eventually"
        " consistent: a record may take moments to appear.",
        "parameters": [
            {
                "name": "limit",
                "in": "query",
                "description": "Records a page.",
                "schema": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": PAGE_MAX_RECORDS,
                    "default": 20,
                },
                "example": 20,
            },
            {
                "name": "cursor",
                "in": "query",
                "description": "The `next_cursor` of the page before.",
                "schema": {"type": "string", "maxLength": 200},
                "example": encode(Position.of(_RECORD)),
            },
        ],
        "responses": {
            "200": _ok("A page of records.", "Page", Page([_RECORD])),
            **_problems(401, 403, 422, 503, 504, wrong=("limit", "must be at most 100")),
        },
    }


def _get_comment() -> Schema:
    return {
        "operationId": "getComment",
        "tags": ["comments"],
        "summary": "One record",
        "parameters": [_COMMENT_ID, _EXPLAIN],
        "responses": {
            "200": {**_ok("The record.", "ExplainedRecord", _RECORD), "headers": _MODEL},
            **_problems(401, 403, 404, 422, 503, 504, wrong=("explain", "must be true or false")),
        },
    }


def _delete_comment() -> Schema:
    return {
        "operationId": "deleteComment",
        "tags": ["comments"],
        "summary": "Remove a record for good",
        "parameters": [_COMMENT_ID],
        "responses": {
            "204": {"description": "It is gone."},
            **_problems(401, 403, 404, 503, 504),
        },
    }


def _probe(operation: str, summary: str, failures: list[int]) -> Schema:
    content = {"text/plain": {"schema": {"type": "string"}, "example": "ok"}}
    ok = {"description": "Yes.", "content": content}
    return {
        "operationId": operation,
        "tags": ["probes"],
        "summary": summary,
        "security": [],
        "responses": {"200": ok, **_problems(*failures)},
    }


def _ok(description: str, schema: str, example: object) -> Schema:
    content = {"schema": _ref(schema), "example": msgspec.to_builtins(example)}
    return {"description": description, "content": {"application/json": content}}


def _problems(*statuses: int, wrong: tuple[str, str] = ("comment", "must not be blank")) -> Schema:
    headers = {401: _CHALLENGE, **dict.fromkeys(_FAILURES, _RETRY_AFTER)}
    return {
        str(status): {
            "description": (_REFUSALS | _FAILURES)[status],
            "content": {
                MEDIA_TYPE: {"schema": _ref("ProblemDetails"), "example": _problem(status, wrong)}
            },
            **({"headers": headers[status]} if status in headers else {}),
        }
        for status in statuses
    }


def _problem(status: int, wrong: tuple[str, str]) -> Schema:
    fields = {
        400: ("body", "is not valid JSON: Input data was truncated"),
        401: ("Authorization", "must be Bearer and a token that is known"),
        408: ("body", "did not come within 10 s"),
        413: ("body", "must have at most 65,536 bytes"),
        415: ("Content-Type", "must be application/json"),
        422: wrong,
    }
    problem = {"title": HTTPStatus(status).phrase, "status": status}
    if status not in fields:
        return problem | {"detail": (_REFUSALS | _FAILURES)[status]}
    field, detail = fields[status]
    error = {"field": field, "detail": detail}
    return problem | {"detail": f"{field}: {detail}", "errors": [error]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
