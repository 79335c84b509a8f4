"""Requests' bodies: good ones are decoded, all others refused with the field and the limit."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bento.requests import decode_text, decode_texts
from problem_details import Problem


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_arrives_as_it_was_sent(text: str) -> None:
    assert decode_texts(json.dumps({"texts": [text]}).encode()) == [text]
    assert decode_text(json.dumps({"text": text}, ensure_ascii=False).encode()) == text


@given(st.binary(max_size=50))
def test_any_bytes_are_decoded_or_refused(body: bytes) -> None:
    for decode in (decode_text, decode_texts):
        with pytest.raises(Problem):
            decode(body)


@pytest.mark.parametrize(
    ("body", "status", "field", "detail"),
    [
        (b'{"texts": ["a", 5]}', 422, "texts[1]", "must be a string, not a whole number"),
        (b'{"texts": "a"}', 422, "texts", "must be an array, not a string"),
        (b'{"texts": null}', 422, "texts", "must be an array, not null"),
        (b"{}", 422, "texts", "is required"),
        (b'{"texts": ["a"], "text": "b"}', 422, "text", "is not a known field"),
        (b'{"texts": []}', 422, "texts", "must have 1 to 256 texts, not 0"),
        (json.dumps({"texts": ["a"] * 257}).encode(), 422, "texts", "1 to 256 texts, not 257"),
        (json.dumps({"texts": ["a", "é" * 50_001]}).encode(), 422, "texts[1]", "100,000 bytes"),
        (b"[]", 422, "body", "must be an object, not an array"),
        (b'{"texts": ' + b"9" * 1_000_000 + b"}", 422, "texts", "out of range"),
    ],
)
def test_what_is_wrong_is_named(body: bytes, status: int, field: str, detail: str) -> None:
    with pytest.raises(Problem) as caught:
        decode_texts(body)
    [error] = caught.value.errors
    assert (caught.value.status, error.field) == (status, field)
    assert detail in error.detail
    assert field in caught.value.detail


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"texts": ["\xff"]}', b'{"texts": ["\\ud800"]}', b"{'texts': []}"]
)
def test_what_is_not_json_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(Problem, match="not valid JSON") as caught:
        decode_texts(body)
    assert caught.value.status == 400


def test_the_longest_texts_are_taken() -> None:
    assert decode_text(json.dumps({"text": "é" * 50_000}).encode()) == "é" * 50_000
    assert len(decode_texts(json.dumps({"texts": ["a"] * 256}).encode())) == 256
