"""What may stand behind the `?` of a request."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, TypeVar

import msgspec
from starlette.datastructures import QueryParams
from starlette.types import Scope

from gateway.http import problems
from gateway.http.problems import Problem
from gateway.records import PAGE_MAX_RECORDS

Query = TypeVar("Query", bound=msgspec.Struct)


class ListQuery(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The query of `GET /comments`."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX_RECORDS)] = 20
    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None


class RecordQuery(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The query of what answers with one record."""

    explain: bool = False


def read(scope: Scope, known: type[Query]) -> Query:
    """The query of a request.

    Raises:
        Problem: 422, a name is not known or comes twice, or a value cannot be used.
    """
    if not scope["query_string"]:
        return known()
    given = QueryParams(scope["query_string"])
    for name in given:
        if len(given.getlist(name)) > 1:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "comes more than once", field=name[:100])
    try:
        return msgspec.convert(dict(given), known, strict=False)
    except msgspec.ValidationError as error:
        raise problems.from_validation(error, query=True) from None
