"""Errors as clients see them: RFC 9457 problem details, with the field named."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

_log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one field of the request."""

    field: Annotated[str, msgspec.Meta(examples=["comment"])]
    detail: Annotated[str, msgspec.Meta(examples=["must not be blank"])]


class ProblemDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457; `errors` is an extension member as in its section 3.2's example."""

    title: Annotated[str, msgspec.Meta(examples=["Unprocessable Entity"])]
    status: Annotated[int, msgspec.Meta(examples=[422])]
    detail: Annotated[str, msgspec.Meta(examples=["comment: must not be blank"])]
    errors: list[FieldError] = []


class Problem(Exception):  # noqa: N818 - RFC 9457's own word
    """Raised anywhere in a request's way; becomes the answer."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.field = field
        self.headers = dict(headers or {})

    def response(self) -> Response:
        errors = [FieldError(self.field, self.detail)] if self.field else []
        detail = f"{self.field}: {self.detail}" if self.field else self.detail
        body = ProblemDetails(self.status.phrase, self.status, detail, errors)
        return Response(msgspec.json.encode(body), self.status, self.headers, MEDIA_TYPE)


class Unavailable(Problem):
    """Something the gateway depends on does not answer now; the client may try again."""

    def __init__(self, detail: str, *, status: HTTPStatus = HTTPStatus.SERVICE_UNAVAILABLE) -> None:
        super().__init__(status, detail, headers={"Retry-After": "1"})


# msgspec says what is wrong in its messages only.
_AT_PATH = re.compile(r"^(?P<what>.*?) - at `(?:key in )?\$\.?(?P<path>[^`]*)`$", re.DOTALL)
_NAMED = re.compile(
    r"^Object (?P<what>missing required|contains unknown) field `(?P<name>.*)`$", re.DOTALL
)
_LENGTH = re.compile(r"^Expected `str` of length (?P<bound>[<>]=) (?P<limit>\d+)$")
_BOUND = re.compile(r"^Expected `\w+` (?P<bound>[<>]=) (?P<limit>\S+)$")
_EXPECTED = re.compile(r"^Expected `(?P<wanted>\w+)`, got `(?P<got>\w+)`$")
_WORDS = {
    "array": "an array",
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "null": "null",
    "object": "an object",
    "str": "a string",
}
_BOUNDS = {">=": "at least", "<=": "at most"}


def from_validation(error: msgspec.ValidationError, *, query: bool = False) -> Problem:
    """The 422 that names the field msgspec complains about.

    Args:
        error: from decoding or converting.
        query: whether it was a query, where everything is a string to begin with.
    """
    message, path = str(error), ""
    if located := _AT_PATH.match(message):
        message, path = located["what"], located["path"]
    if named := _NAMED.match(message):
        path = f"{path}.{named['name'][:100]}".lstrip(".")
        message = "is required" if named["what"] == "missing required" else "is not a known field"
    elif length := _LENGTH.match(message):
        limit = f"{int(length['limit']):,} character{'' if length['limit'] == '1' else 's'}"
        message = f"must have {_BOUNDS[length['bound']]} {limit}"
    elif bound := _BOUND.match(message):
        message = f"must be {_BOUNDS[bound['bound']]} {bound['limit']}"
    elif expected := _EXPECTED.match(message):
        message = f"must be {_WORDS[expected['wanted']]}"
        message += "" if query else f", not {_WORDS[expected['got']]}"
    elif message == "Number out of range":
        message = "is a number out of range"
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, message, field=path or "body")


def answer(error: Exception) -> Response:
    """What the client is told of an error; what is our own is logged."""
    if isinstance(error, Problem):
        if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.warning("answered with %d: %s", error.status, error.detail)
        return error.response()
    if isinstance(error, HTTPException):
        # Starlette's own refusals: no such path, method not allowed.
        status = HTTPStatus(error.status_code)
        return Problem(status, error.detail, headers=error.headers).response()
    if isinstance(error, ClientDisconnect):
        # Nobody reads it; what is counted is the status.
        return Problem(HTTPStatus.BAD_REQUEST, "the client has gone").response()
    _log.error("an error of ours", exc_info=error)
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "an error of ours; it was logged").response()


async def on_error(_: Request, error: Exception) -> Response:
    """`answer`, as Starlette calls it."""
    return answer(error)
