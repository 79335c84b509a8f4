"""The running gateway against its OpenAPI document: no 5xx, nothing undocumented."""

from __future__ import annotations

import json
import os
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import settings
from schemathesis import Case
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from gateway.http import app
from gateway.http.routes import batch

# A blank comment or a forged cursor fits its JSON Schema, and is rightly rejected with 422.
SEMANTIC: list[CheckFunction] = [positive_data_acceptance]

# Of each operation; `make fuzz` sends more.
EXAMPLES = int(os.environ.get("OPENAPI_EXAMPLES", "100"))

schema = schemathesis.openapi.from_dict(json.loads(app.describe()))


@pytest.mark.timeout(60 + EXAMPLES)
@schema.parametrize()
@settings(max_examples=EXAMPLES)
def test_the_gateway_behaves_as_documented(case: Case[Any], gateway_url: str) -> None:
    # A batch reports what is wrong with a comment as that comment's outcome.
    excluded = [*SEMANTIC, negative_data_rejection] if case.path == batch.PATH else SEMANTIC
    case.call_and_validate(base_url=gateway_url, excluded_checks=excluded)


def test_the_document_is_complete(gateway_url: str) -> None:
    document = httpx.get(f"{gateway_url}/openapi.json").json()
    assert document == json.loads(app.describe())
    assert set(document["paths"]) == {
        "/comments",
        "/comments/batch",
        "/comments/export",
        "/comments/{comment_id}",
        "/comments/{comment_id}/correction",
        "/statistics",
        "/livez",
        "/readyz",
        "/healthz",
    }
    schemas = document["components"]["schemas"]
    for name in ("NewComment", "Record"):
        for field, description in schemas[name]["properties"].items():
            assert description.get("examples"), f"{name}.{field} has no example"


def test_the_documentation_page_loads_nothing_from_elsewhere(gateway_url: str) -> None:
    page = httpx.get(f"{gateway_url}/docs").text
    assert "http://" not in page
    assert "https://" not in page
    for path in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert httpx.get(f"{gateway_url}/static/swagger-ui/{path}").status_code == 200
