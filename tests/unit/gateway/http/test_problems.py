from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.http import problems
from gateway.http.problems import Problem, Unavailable


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=5_000)]


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    inner: Inner
    count: Annotated[int, msgspec.Meta(ge=1)] = 1


def problem_of(body: Any) -> Problem:
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.convert(body, Outer)
    return problems.from_validation(error.value)


@pytest.mark.parametrize(
    ("body", "field", "detail"),
    [
        ([], "body", ""),
        ({}, "inner", "is required"),
        ({"inner": {}}, "inner.name", "is required"),
        ({"inner": {"name": ""}}, "inner.name", "must have at least 1 character"),
        ({"inner": {"name": "x" * 5_001}}, "inner.name", "must have at most 5,000 characters"),
        ({"inner": {"name": 1}}, "inner.name", ""),
        ({"inner": {"name": "x", "colour": 1}}, "inner.colour", "is not a known field"),
        ({"inner": {"name": "x"}, "count": 0}, "count", "1"),
        ({"colour": 1}, "colour", "is not a known field"),
    ],
)
def test_the_field_is_named(body: object, field: str, detail: str) -> None:
    problem = problem_of(body)
    assert problem.status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert problem.field == field
    assert detail in problem.detail


@given(st.text())
def test_whatever_an_unknown_field_is_called_it_is_named_in_short(name: str) -> None:
    if name in {"inner", "count"}:
        return
    problem = problem_of({name: 1, "inner": {"name": "x"}})
    assert problem.detail == "is not a known field"
    assert problem.field is not None
    assert len(problem.field) <= 100


@given(st.text(), st.none() | st.text(min_size=1))
def test_an_answer_is_problem_json(detail: str, field: str | None) -> None:
    problem = Problem(HTTPStatus.CONFLICT, detail, field=field, headers={"X-One": "1"})
    response = problem.response()
    assert response.status_code == 409
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["X-One"] == "1"
    body = msgspec.json.decode(bytes(response.body))
    assert (body["title"], body["status"]) == ("Conflict", 409)
    if field:
        assert body["errors"] == [{"field": field, "detail": detail}]
        assert body["detail"] == f"{field}: {detail}"
    else:
        assert "errors" not in body
        assert body["detail"] == detail


@pytest.mark.parametrize("status", [HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT])
def test_what_may_be_tried_again_says_when(status: HTTPStatus) -> None:
    response = Unavailable("not now", status=status).response()
    assert response.status_code == status
    assert int(response.headers["Retry-After"]) >= 1
