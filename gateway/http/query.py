"""Query strings: each parameter must be known, and may be given once."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from problem_details import NAME_MAX_CHARACTERS, UNKNOWN_PARAMETER, describe, unprocessable

QUERY_MAX_BYTES = 1024
ANY_PARAMETERS = "any_parameters"
"""The option of a handler that does not look at the query string."""

_WHOLE_NUMBER = re.compile("-?[0-9]+")

Query = TypeVar("Query", bound=msgspec.Struct)


def parse(query_string: str) -> dict[str, str]:
    """The parameters of a query string.

    Raises:
        Problem: 422, the query is too long, or a parameter is given more than once or as null.
    """
    if len(query_string) > QUERY_MAX_BYTES:
        raise unprocessable("query", f"must have at most {QUERY_MAX_BYTES:,} bytes")
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query_string, keep_blank_values=True):
        if not name:
            raise unprocessable("query", "has a parameter without a name")
        if name in parameters:
            raise unprocessable(name[:NAME_MAX_CHARACTERS], "is given more than once")
        if value.lower() == "null":
            # msgspec would take it for a parameter that is not given.
            raise unprocessable(name[:NAME_MAX_CHARACTERS], "must not be null")
        parameters[name] = value
    return parameters


def read(query_string: str, kind: type[Query]) -> Query:
    """The query string as a struct.

    Raises:
        Problem: 422, a parameter is unknown, given more than once, or has a wrong value.
    """
    if not query_string:
        return kind()
    try:
        return msgspec.convert(parse(query_string), kind, strict=False)
    except msgspec.ValidationError as error:
        invalid = describe(str(error), kind=kind, in_text=True)
        raise unprocessable(invalid.field, invalid.detail) from None


@cache
def _known_parameters(handler: BaseRouteHandler) -> dict[str, Any]:
    """The types of a handler's parameters by their names, as clients give them."""
    return {
        getattr(field.kwarg_definition, "name", None) or name: field.annotation
        for name, field in handler.parsed_fn_signature.parameters.items()
    }


def only_known_parameters(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
) -> None:
    """A guard for all of Litestar's routes, which validate the parameters they know.

    Raises:
        Problem: 422, a parameter is not one of the handler's, is given more than once, or is no
            whole number where one is wanted.
    """
    if not connection.scope["query_string"] or handler.opt.get(ANY_PARAMETERS):
        return
    known = _known_parameters(handler)
    for name, value in parse(connection.scope["query_string"].decode()).items():
        if name not in known or name in connection.path_params:
            raise unprocessable(name[:NAME_MAX_CHARACTERS], UNKNOWN_PARAMETER)
        # msgspec would take 1e2 and 5.0 for whole numbers.
        if known[name] is int and not _WHOLE_NUMBER.fullmatch(value):
            raise unprocessable(name, "must be a whole number")
