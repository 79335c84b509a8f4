from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from starlette.routing import Route

from gateway.http import openapi
from gateway.http.app import create_app
from gateway.http.tokens import Tokens
from gateway.records import Record
from gateway.settings import Settings
from gateway.stores.sqlite import SQLiteStore

DOCUMENT = openapi.document()
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


def test_it_is_json() -> None:
    assert json.loads(msgspec.json.encode(DOCUMENT)) == DOCUMENT
    assert DOCUMENT["openapi"].startswith("3.1")


def test_every_reference_leads_somewhere() -> None:
    found = set(references(DOCUMENT))
    assert found
    for reference in found:
        part: Any = DOCUMENT
        for name in reference.removeprefix("#/").split("/"):
            part = part[name]


def test_the_record_is_described_field_by_field() -> None:
    described = DOCUMENT["components"]["schemas"]["ExplainedRecord"]["properties"]
    assert set(Record.__struct_fields__) <= set(described)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_what_may_be_tried_again_says_when(path: str, method: str, operation: Any) -> None:
    for status in ("503", "504"):
        answer = operation["responses"].get(status)
        if answer:
            assert answer["headers"]["Retry-After"]["required"], (path, method)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_every_error_has_an_example_of_itself(path: str, method: str, operation: Any) -> None:
    for status, answer in operation["responses"].items():
        if int(status) >= 400:
            [media] = answer["content"].values()
            assert media["example"]["status"] == int(status), (path, method)


async def test_what_is_described_is_served(tmp_path: Any) -> None:
    store = SQLiteStore(tmp_path / "comments.db")
    app = create_app(Settings(), store, Tokens())
    served = {route.path.replace(":uuid", "") for route in app.routes if isinstance(route, Route)}
    assert set(DOCUMENT["paths"]) <= served
    await store.close()
