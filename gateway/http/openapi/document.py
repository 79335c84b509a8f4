"""The OpenAPI document: derived from the handlers, their types and what they may answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import groupby
from typing import Any

import msgspec
from litestar import Litestar
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, License, SecurityScheme

import json_body
from problem_details import MEDIA_TYPE, Problem, ProblemDetails

ABOUT = (
    "Sentiment of user comments: classified, recorded, answered.\n\n"
    "GET routes answer HEAD, too. Paths and methods that are not here get a 404 or 405, and an"
    " unexpected error of the gateway a 500; these are problems of the same form. The operations"
    " of Amazon Comprehend are described by AWS's own service model."
)
STATUSES = {
    400: "The head or the body cannot be read.",
    401: "The token is missing, unknown, or past its end.",
    403: "The token does not allow the request.",
    404: "There is no such comment.",
    408: "The body did not arrive in time.",
    413: "The body is too long.",
    415: "The body is not declared as application/json, or is compressed.",
    421: "The request is for another host. Only gateways without tokens answer so.",
    422: "A field or parameter has a wrong value, or is unknown; `errors` names it.",
    429: "The token's rate is exceeded. Nothing was done.",
    503: "The model or the store is unavailable, or too many requests wait. Nothing was"
    " acknowledged.",
    504: "The work was not finished in time. Nothing was acknowledged.",
}
HEADERS = {
    "Content-Disposition": "A name for the file.",
    "Location": "Where the record can be read.",
    "RateLimit": "What is left of the rate, as draft-ietf-httpapi-ratelimit-headers-10 has it.",
    "RateLimit-Policy": "The token's rate: `q` comments and other requests in `w` seconds.",
    "Retry-After": "Seconds to wait before another attempt.",
    "WWW-Authenticate": "How to authenticate.",
    "X-Model": "The digest of the artifact that answered.",
    "X-Request-Id": "The request's own `X-Request-Id`, or a new one; it is in the logs.",
}
REQUEST_ID = {"X-Request-Id": "5b0f8a3c-17"}


@dataclass(frozen=True)
class Description:
    """What the document says of a route beyond its types."""

    answers: Mapping[int, Mapping[str, object]]
    """By status, and by media type, an example."""
    problems: Sequence[Problem]
    """That the route may answer with, one of each kind."""
    body: object = None
    """An example of the request's body, if it has one."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the answers, with examples."""

    def options(self) -> dict[str, Any]:
        """For `opt` of the handler."""
        return {"description": self}


def describe(handlers: Sequence[HTTPRouteHandler], dependencies: Collection[str]) -> bytes:
    """The OpenAPI 3.1 document of the handlers, as JSON.

    Args:
        handlers: the routes, each with a `Description`.
        dependencies: parameters of the handlers that no client sends.
    """
    config = OpenAPIConfig(
        title="Valence",
        version="1",
        description=ABOUT,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        components=Components(
            security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}
        ),
        # A gateway without tokens serves everybody.
        security=[{"token": []}, {}],
        use_handler_docstrings=True,
    )
    app = Litestar(
        handlers,
        # The handlers are described and not called.
        dependencies={name: Provide(lambda: None, sync_to_thread=False) for name in dependencies},
        openapi_config=config,
        logging_config=None,
    )
    document = app.openapi_schema.to_schema()
    _, schemas = msgspec.json.schema_components(
        [ProblemDetails], ref_template="#/components/schemas/{name}"
    )
    document["components"]["schemas"] |= schemas
    descriptions = {handler.operation_id: handler.opt["description"] for handler in handlers}
    for operations in document["paths"].values():
        for operation in operations.values():
            _complete(operation, descriptions[operation["operationId"]])
    return msgspec.json.encode(document)


def _complete(operation: dict[str, Any], description: Description) -> None:
    """Add the examples, and the problems in place of the one that Litestar knows."""
    for parameter in operation.get("parameters", []):
        parameter["schema"] = _not_null(parameter["schema"])
    if description.body is not None:
        body = operation["requestBody"]["content"][json_body.MEDIA_TYPE]
        body["example"] = msgspec.to_builtins(description.body)
    responses = {}
    for status, examples in description.answers.items():
        response = responses[str(status)] = operation["responses"][str(status)]
        for media_type, example in examples.items():
            content = response["content"].setdefault(media_type, {"schema": {"type": "string"}})
            content["example"] = msgspec.to_builtins(example)
        response["headers"] = _headers([description.headers])
    by_status = sorted(description.problems, key=lambda problem: problem.status)
    for status, problems in groupby(by_status, key=lambda problem: problem.status):
        responses[str(int(status))] = _refusal(status, [*problems])
    operation["responses"] = responses


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter that need not be given: no query can say null."""
    if "oneOf" in schema:
        [other] = [each for each in schema["oneOf"] if each != {"type": "null"}]
        schema = other | {name: value for name, value in schema.items() if name != "oneOf"}
    if "enum" in schema:
        values = [value for value in schema["enum"] if value is not None]
        schema = schema | {"type": "string", "enum": values}
    return schema


def _refusal(status: HTTPStatus, problems: Sequence[Problem]) -> dict[str, Any]:
    examples = {
        f"{status.value}-{number}": {
            "summary": problem.detail,
            "value": msgspec.to_builtins(problem.document()),
        }
        for number, problem in enumerate(problems, 1)
    }
    schema = {"$ref": f"#/components/schemas/{ProblemDetails.__name__}"}
    return {
        "description": STATUSES[status],
        "headers": _headers([problem.headers for problem in problems]),
        "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }


def _headers(answers: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The headers of the answers; those that not all of them have are optional."""
    examples = {name: value for headers in answers for name, value in headers.items()}
    return {
        name: {
            "description": HEADERS[name],
            "required": all(name in headers for headers in answers) or name in REQUEST_ID,
            "schema": {"type": "integer" if value.isdecimal() else "string"},
            "example": int(value) if value.isdecimal() else value,
        }
        for name, value in (examples | REQUEST_ID).items()
    }
