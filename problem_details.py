"""Problem details (RFC 9457): how the gateway and the Bento answer a request they cannot serve."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import inspect

MEDIA_TYPE = "application/problem+json"

T = TypeVar("T")


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one field of the request."""

    field: Annotated[str, msgspec.Meta(examples=["comment"])]
    detail: Annotated[str, msgspec.Meta(examples=["must not be blank"])]

    def __str__(self) -> str:
        return f"{self.field}: {self.detail}"


class ProblemDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    """The document; without a `type` it is about the status. `errors` is an extension member, as
    in the example of RFC 9457, section 3.2."""

    title: Annotated[str, msgspec.Meta(examples=["Unprocessable Entity"])]
    status: Annotated[int, msgspec.Meta(examples=[422])]
    detail: Annotated[str, msgspec.Meta(examples=["comment: must not be blank"])]
    errors: list[FieldError] = []


class Problem(Exception):  # noqa: N818 - the RFC's own word
    """A request that cannot be served; the answer is its document."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *errors: FieldError,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})

    @classmethod
    def of(
        cls,
        status: HTTPStatus,
        *errors: FieldError,
        headers: Mapping[str, str] | None = None,
    ) -> Problem:
        """A problem with fields of the request; its detail is the first of them."""
        return cls(status, str(errors[0]), *errors, headers=headers)

    def document(self) -> ProblemDetails:
        return ProblemDetails(self.status.phrase, self.status.value, self.detail, list(self.errors))

    def encode(self) -> bytes:
        """The document as JSON."""
        return msgspec.json.encode(self.document())


def unprocessable(field: str, detail: str) -> Problem:
    """The 422 for a value that cannot be used; the detail is a predicate: "must not be blank"."""
    return Problem.of(HTTPStatus.UNPROCESSABLE_ENTITY, FieldError(field, detail))


def not_json(reason: str) -> Problem:
    """The 400 for a body that is not JSON."""
    return Problem.of(HTTPStatus.BAD_REQUEST, FieldError("body", f"is not valid JSON: {reason}"))


def decode_json(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """The body as the decoder's type.

    Raises:
        Problem: 400 for a body that is not JSON, 422 for a value of another type.
    """
    try:
        # RFC 8259, section 8.1, allows to ignore a byte order mark.
        return decoder.decode(body.removeprefix(codecs.BOM_UTF8))
    except msgspec.ValidationError as error:
        invalid = describe(str(error), kind=decoder.type)
        raise unprocessable(invalid.field, invalid.detail) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # msgspec calls half a surrogate pair at the end of a string truncated input.
        hint = " (are \\ud800 to \\udfff paired?)" if _SURROGATE.search(body) else ""
        reason = f"{error}{hint}" if body else "it is empty"
        if isinstance(error, UnicodeDecodeError):
            reason = "it is not UTF-8"
        raise not_json(reason) from None


_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
# msgspec tells what is wrong in the text of its errors only.
_PATH = re.compile(r"^(?P<message>.*?) - at `(?:key in )?\$\.?(?P<path>[^`]*)`$", re.DOTALL)
_NAMED = re.compile(
    r"^Object (?P<what>missing required|contains unknown) field `(?P<name>.*)`$", re.DOTALL
)
_LENGTH = re.compile(r"^Expected `str` of length (?P<bound>[<>]=) (?P<limit>\d+)$")
_BOUND = re.compile(r"^Expected `\w+` (?P<bound>[<>]=) (?P<limit>\S+)$")
_PATTERN = re.compile(r"^Expected `str` matching regex (?P<pattern>.+)$")
_TYPE = re.compile(r"^Expected `(?P<wanted>\w+(?: \| \w+)*)`, got `(?P<got>\w+)`$")
_STEP = re.compile(r"\[[^\]]*\]|[^.\[\]]+")
_TYPES = {
    "array": "an array",
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "null": "null",
    "object": "an object",
    "str": "a string",
}
_BOUNDS = {">=": "at least", "<=": "at most"}
NAME_MAX_CHARACTERS = 100
UNKNOWN_PARAMETER = "is not a known parameter"


def describe(
    message: str, *, kind: Any = Any, field: str = "", in_text: bool = False
) -> FieldError:
    """Say what is wrong in the words of a client.

    Args:
        message: the text of a `msgspec.ValidationError`.
        kind: the type that was wanted. A pattern in it says what it means as its
            `Meta(extra={"rule": "must be …"})`.
        field: the field that was converted; by default the message names it, or it is the body.
        in_text: whether all values came as text, as in a query, so that their type says nothing.
    """
    path = ""
    if located := _PATH.match(message):
        message, path = located["message"], located["path"]
        field = path or field
    if named := _NAMED.match(message):
        field = f"{field}.{named['name'][:NAME_MAX_CHARACTERS]}".lstrip(".")
        unknown = UNKNOWN_PARAMETER if in_text else "is not a known field"
        message = "is required" if named["what"] == "missing required" else unknown
    elif length := _LENGTH.match(message):
        limit = f"{int(length['limit']):,} character{'' if length['limit'] == '1' else 's'}"
        message = f"must have {_BOUNDS[length['bound']]} {limit}"
    elif bound := _BOUND.match(message):
        message = f"must be {_BOUNDS[bound['bound']]} {bound['limit']}"
    elif pattern := _PATTERN.match(message):
        rules = _rules(kind, path)
        message = rules[0] if rules else f"must match {pattern['pattern']}"
    elif types := _TYPE.match(message):
        # No text is null.
        wanted = [name for name in types["wanted"].split(" | ") if not (in_text and name == "null")]
        message = f"must be {' or '.join(_TYPES[name] for name in wanted)}"
        message += "" if in_text else f", not {_TYPES[types['got']]}"
    elif message.startswith("Invalid enum value") and (values := _values(kind, path)):
        message = f"must be one of {', '.join(values)}"
    elif message.endswith("out of range"):
        message = "is a number out of range"
    return FieldError(field or "body", message)


def _rules(kind: Any, path: str) -> Sequence[str]:
    """What the patterns mean that a value at the path must match."""
    found = _found(kind, path)
    return [
        each.extra["rule"] for each in found if isinstance(each, inspect.Metadata) and each.extra
    ]


def _values(kind: Any, path: str) -> Sequence[str]:
    """Those that may be at the path."""
    found = _found(kind, path)
    return [str(v) for each in found if isinstance(each, inspect.LiteralType) for v in each.values]


def _found(kind: Any, path: str) -> Iterator[inspect.Type]:
    """The types of what may be at a path like `comments[0].sentiment`."""
    # A type that is no class may have parts without a hash.
    info = _type_info(kind) if isinstance(kind, type) else inspect.type_info(kind)
    return _walk(info, _STEP.findall(path))


_type_info = cache(inspect.type_info)


def _walk(info: inspect.Type, steps: Sequence[str]) -> Iterator[inspect.Type]:
    match info:
        case inspect.UnionType(types=types):
            for each in types:
                yield from _walk(each, steps)
        case inspect.Metadata(type=inner):
            if not steps:
                yield info
            yield from _walk(inner, steps)
        case inspect.StructType(fields=fields) if steps:
            for field in fields:
                if field.encode_name == steps[0]:
                    yield from _walk(field.type, steps[1:])
        case inspect.ListType(item_type=item) if steps:
            yield from _walk(item, steps[1:])
        case _ if not steps:
            yield info
