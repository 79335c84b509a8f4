"""The OpenAPI document: complete, and what its tools expect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.http import app
from gateway.http.routes.submission import BODY_MAX_BYTES
from gateway.ledger import cursor
from gateway.records import COMMENT_MAX_CHARACTERS, PAGE_MAX_RECORDS, Record
from problem_details import MEDIA_TYPE

DOCUMENT = json.loads(app.describe())
OPERATIONS = [
    (path, method, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_every_reference_resolves() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    targets = set(references(DOCUMENT))
    assert targets
    for target in targets:
        part: Any = DOCUMENT
        for name in target.removeprefix("#/").split("/"):
            part = part[name]


def test_the_record_is_described_field_by_field() -> None:
    described = DOCUMENT["components"]["schemas"]["ExplainedRecord"]["properties"]
    assert set(Record.__struct_fields__) <= set(described)


def test_limits_are_those_of_the_types() -> None:
    comment = DOCUMENT["components"]["schemas"]["NewComment"]["properties"]["comment"]
    assert comment["maxLength"] == COMMENT_MAX_CHARACTERS
    [limit] = [
        parameter["schema"]
        for parameter in DOCUMENT["paths"]["/comments"]["get"]["parameters"]
        if parameter["name"] == "limit"
    ]
    assert limit["maximum"] == PAGE_MAX_RECORDS
    too_long = DOCUMENT["paths"]["/comments"]["post"]["responses"]["413"]
    assert f"{BODY_MAX_BYTES:,} bytes" in json.dumps(too_long)


def test_the_example_of_a_cursor_is_one() -> None:
    page = DOCUMENT["components"]["schemas"]["Page"]["properties"]
    [example] = page["next_cursor"]["examples"]
    assert cursor.decode(example)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_answer_is_described(path: str, method: str, operation: Any) -> None:
    for answer in operation["responses"].values():
        assert answer["description"] != "Request fulfilled, document follows", (path, method)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_retryable_errors_say_when(path: str, method: str, operation: Any) -> None:
    for status in {"503", "504"} & operation["responses"].keys():
        headers = operation["responses"][status]["headers"]
        assert headers["Retry-After"]["required"], (path, method)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_error_is_a_problem_with_an_example(path: str, method: str, operation: Any) -> None:
    for status, answer in operation["responses"].items():
        if int(status) >= 400:
            [example] = answer["content"][MEDIA_TYPE]["examples"].values()
            assert example["value"]["status"] == int(status), (path, method)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_parameters_are_those_that_clients_send(path: str, method: str, operation: Any) -> None:
    for parameter in operation.get("parameters", []):
        assert parameter["schema"], (path, method, parameter["name"])
