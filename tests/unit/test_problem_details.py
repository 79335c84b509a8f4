"""Problem details, and validation errors in the words of a client."""

from __future__ import annotations

import codecs
from http import HTTPStatus
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from problem_details import FieldError, Problem, decode_json, describe, unprocessable


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=5_000)]


Code = Annotated[str, msgspec.Meta(pattern="^[a-z]$", extra={"rule": "must be a letter"})]


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    inner: Inner
    count: Annotated[int, msgspec.Meta(ge=1)] = 1
    colours: list[Literal["red", "blue"]] = []
    code: Code | None = None


def described(body: Any) -> FieldError:
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.convert(body, Outer)
    return describe(str(error.value), kind=Outer)


@pytest.mark.parametrize(
    ("body", "field", "detail"),
    [
        ([], "body", "must be an object, not an array"),
        ({}, "inner", "is required"),
        ({"inner": {}}, "inner.name", "is required"),
        ({"inner": {"name": ""}}, "inner.name", "must have at least 1 character"),
        ({"inner": {"name": "x" * 5_001}}, "inner.name", "must have at most 5,000 characters"),
        ({"inner": {"name": 1}}, "inner.name", "must be a string, not a whole number"),
        ({"inner": {"name": "x", "colour": 1}}, "inner.colour", "is not a known field"),
        ({"inner": {"name": "x"}, "count": 0}, "count", "must be at least 1"),
        ({"inner": {"name": "x"}, "colours": ["x"]}, "colours[0]", "must be one of blue, red"),
        ({"inner": {"name": "x"}, "code": "1"}, "code", "must be a letter"),
        (
            {"inner": {"name": "x"}, "code": 1},
            "code",
            "must be a string or null, not a whole number",
        ),
        ({"colour": 1}, "colour", "is not a known field"),
    ],
)
def test_the_field_is_named(body: object, field: str, detail: str) -> None:
    assert described(body) == FieldError(field, detail)


@given(st.text())
def test_an_unknown_field_is_named_in_short(name: str) -> None:
    if name in Outer.__struct_fields__:
        return
    error = described({name: 1, "inner": {"name": "x"}})
    assert error.detail == "is not a known field"
    assert len(error.field) <= 100


def test_the_type_of_a_text_is_not_mentioned() -> None:
    error = describe("Expected `int`, got `str`", field="limit", in_text=True)
    assert error == FieldError("limit", "must be a whole number")
    error = describe("Expected `bool | null`, got `str`", field="corrected", in_text=True)
    assert error == FieldError("corrected", "must be true or false")


@given(st.text(), st.none() | st.text(min_size=1))
def test_the_document_has_the_detail_and_the_field(detail: str, field: str | None) -> None:
    if field:
        problem = Problem.of(HTTPStatus.CONFLICT, FieldError(field, detail))
    else:
        problem = Problem(HTTPStatus.CONFLICT, detail)
    body = msgspec.json.decode(problem.encode())
    assert (body["title"], body["status"]) == ("Conflict", 409)
    if field:
        assert body["errors"] == [{"field": field, "detail": detail}]
        assert body["detail"] == f"{field}: {detail}"
    else:
        assert "errors" not in body
        assert body["detail"] == detail


DECODER = msgspec.json.Decoder(Outer)
GOOD = b'{"inner": {"name": "x"}}'


def test_a_byte_order_mark_is_ignored() -> None:
    assert decode_json(DECODER, codecs.BOM_UTF8 + GOOD) == decode_json(DECODER, GOOD)


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"inner": {"name": "\xff"}}', b'{"inner": {"name": "\\ud800"}}', b"''"]
)
def test_other_bytes_are_a_bad_request(body: bytes) -> None:
    with pytest.raises(Problem, match="not valid JSON") as caught:
        decode_json(DECODER, body)
    assert caught.value.status == HTTPStatus.BAD_REQUEST


def test_a_wrong_value_is_unprocessable() -> None:
    with pytest.raises(Problem) as caught:
        decode_json(DECODER, b'{"inner": 5}')
    expected = unprocessable("inner", "must be an object, not a whole number")
    assert caught.value.document() == expected.document()
