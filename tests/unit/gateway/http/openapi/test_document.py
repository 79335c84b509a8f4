"""The OpenAPI document: complete, and what its tools expect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from gateway.http import app
from gateway.http.openapi.examples import EXPLAINED
from gateway.http.routes import batch, corrections, submission
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


def test_the_example_of_a_cursor_is_one() -> None:
    page = DOCUMENT["components"]["schemas"]["Page"]["properties"]
    [example] = page["next_cursor"]["examples"]
    assert cursor.decode(example)


each_operation = pytest.mark.parametrize(
    ("path", "method", "operation"),
    OPERATIONS,
    ids=[operation["operationId"] for _, _, operation in OPERATIONS],
)


def validator(schema: Any) -> Draft202012Validator:
    return Draft202012Validator(schema | {"components": DOCUMENT["components"]})


@each_operation
def test_every_answer_is_described_with_an_example(path: str, method: str, operation: Any) -> None:
    assert operation["summary"]
    for status, answer in operation["responses"].items():
        assert answer["description"] not in ("", HTTPStatus(int(status)).phrase), (path, method)
        assert bool(answer.get("content")) == (status != "204")
        for content in answer.get("content", {}).values():
            several = [each["value"] for each in content.get("examples", {}).values()]
            examples = several or [content["example"]]
            for example in examples:
                validator(content["schema"]).validate(example)


@each_operation
def test_every_body_has_an_example(path: str, method: str, operation: Any) -> None:
    assert ("requestBody" in operation) == (method in {"post", "put"}), path
    if "requestBody" in operation:
        for content in operation["requestBody"]["content"].values():
            validator(content["schema"]).validate(content["example"])


@each_operation
def test_every_error_is_a_problem(path: str, method: str, operation: Any) -> None:
    for status, answer in operation["responses"].items():
        if int(status) >= 400:
            for example in answer["content"][MEDIA_TYPE]["examples"].values():
                assert example["value"]["status"] == int(status), (path, method)


@each_operation
def test_headers_are_described_with_an_example(path: str, method: str, operation: Any) -> None:
    for status, answer in operation["responses"].items():
        headers = answer["headers"]
        for header in headers.values():
            assert header["description"], (path, method)
            validator(header["schema"]).validate(header["example"])
        required = {name for name, header in headers.items() if header["required"]}
        assert "X-Request-Id" in required
        if status in {"429", "503", "504"}:
            assert "Retry-After" in required
        if status == "429":
            assert {"RateLimit", "RateLimit-Policy"} <= required
        if status == "401":
            assert "WWW-Authenticate" in required


@each_operation
def test_the_problems_of_a_route_are_complete(path: str, method: str, operation: Any) -> None:
    statuses = {int(status) for status in operation["responses"] if int(status) >= 400}
    expected = {400, 421, 422}
    if operation["tags"] == ["comments"]:
        expected |= {401, 403, 429, 503, 504}
    if "{comment_id}" in path:
        expected |= {404}
    if "requestBody" in operation:
        expected |= {408, 413, 415}
    if path in {"/readyz", "/healthz"}:
        expected |= {503}
    assert statuses == expected, method


@pytest.mark.parametrize(
    ("path", "method", "limit"),
    [
        ("/comments", "post", submission.BODY_MAX_BYTES),
        ("/comments/batch", "post", batch.BODY_MAX_BYTES),
        ("/comments/{comment_id}/correction", "put", corrections.BODY_MAX_BYTES),
    ],
)
def test_the_limit_of_a_body_is_the_route_s(path: str, method: str, limit: int) -> None:
    too_long = DOCUMENT["paths"][path][method]["responses"]["413"]
    assert f"{limit:,} bytes" in json.dumps(too_long)


@each_operation
def test_parameters_are_those_that_clients_send(path: str, method: str, operation: Any) -> None:
    for parameter in operation.get("parameters", []):
        assert parameter["schema"], (path, method, parameter["name"])
        assert parameter.get("description") or parameter["in"] == "path"
        assert "null" not in json.dumps(parameter["schema"])


def test_the_example_of_an_explanation_adds_up() -> None:
    explanation = EXPLAINED.explanation
    assert explanation
    total = explanation.intercept + sum(span.contribution for span in explanation.spans)
    assert total == pytest.approx(explanation.logit)
