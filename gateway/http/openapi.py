"""The OpenAPI document: derived from the handlers, their types and their problems."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from http import HTTPStatus

import msgspec
from litestar import Litestar
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.spec import (
    Components,
    Example,
    License,
    OpenAPIHeader,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Schema,
    SecurityScheme,
)

import json_body
from gateway.settings import Settings
from problem_details import MEDIA_TYPE, FieldError, Problem, ProblemDetails

_DESCRIPTIONS = {
    400: "The body is not valid JSON.",
    401: "The token is missing or unknown.",
    403: "The token does not allow the request.",
    404: "There is no such comment.",
    408: "The request did not arrive in time.",
    413: "The body is too long.",
    415: "The body is not declared as application/json, or is compressed.",
    422: "A field has a wrong value; `errors` names it.",
    429: "The token's rate is exceeded.",
    503: "The model or the store is unavailable. Nothing was acknowledged.",
    504: "The work was not finished in time. Nothing was acknowledged.",
}
_EXAMPLES = {
    400: FieldError("body", "is not valid JSON: Input data was truncated"),
    401: FieldError("Authorization", "must be Bearer and a known token"),
    408: json_body.too_slow(Settings().gateway_request_seconds).errors[0],
    413: FieldError("body", "must have at most 65,536 bytes"),
    415: FieldError("Content-Type", "must be application/json"),
}
_RETRY_AFTER = OpenAPIHeader(
    description="Seconds to wait before another attempt.",
    required=True,
    schema=Schema(type=OpenAPIType.INTEGER, minimum=0),
)
_CHALLENGE = OpenAPIHeader(required=True, schema=Schema(type=OpenAPIType.STRING))
_HEADERS = {
    "401": {"WWW-Authenticate": _CHALLENGE},
    "429": {"Retry-After": _RETRY_AFTER},
    "503": {"Retry-After": _RETRY_AFTER},
    "504": {"Retry-After": _RETRY_AFTER},
}


@dataclass
class DescribedOperation(Operation):
    """An operation whose errors are problems: with their headers, and without the response that
    Litestar adds for its own validation errors."""

    def __post_init__(self) -> None:
        created = (self.responses or {}).get("201")
        for status, response in list((self.responses or {}).items()):
            assert self.responses  # noqa: S101 - it is not empty
            assert isinstance(response, OpenAPIResponse)  # noqa: S101 - Litestar makes no others
            if int(status) >= HTTPStatus.BAD_REQUEST and MEDIA_TYPE not in (response.content or {}):
                del self.responses[status]
            elif status in _HEADERS:
                response.headers = {**_HEADERS[status]}
            elif status == "200" and isinstance(created, OpenAPIResponse):
                response.headers = created.headers


def problems(*statuses: int, invalid: FieldError | None = None) -> dict[int, ResponseSpec]:
    """The problems that a handler answers with, for its `responses`.

    Args:
        statuses: of the problems.
        invalid: the example of a 422.
    """
    examples = {**_EXAMPLES, 422: invalid} if invalid else _EXAMPLES
    return {
        status: ResponseSpec(
            ProblemDetails,
            description=_DESCRIPTIONS[status],
            media_type=MEDIA_TYPE,
            generate_examples=False,
            examples=[Example(value=_example(status, examples.get(status)))],
        )
        for status in statuses
    }


def describe(handlers: Sequence[HTTPRouteHandler], dependencies: Collection[str]) -> bytes:
    """The OpenAPI 3.1 document of the handlers, as JSON.

    Args:
        handlers: the routes.
        dependencies: parameters of the handlers that no client sends.
    """
    config = OpenAPIConfig(
        title="Valence",
        version="1",
        description="Sentiment of user comments: classified, recorded, answered.",
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
    return msgspec.json.encode(app.openapi_schema.to_schema())


def _example(status: int, error: FieldError | None) -> object:
    kind = HTTPStatus(status)
    problem = Problem.of(kind, error) if error else Problem(kind, _DESCRIPTIONS[status])
    return msgspec.to_builtins(problem.document())
