"""Calls to the gateway's API, and the checks that many tests make of its answers."""

from __future__ import annotations

from typing import Any

import httpx


def post_comment(client: httpx.Client, comment: str) -> dict[str, Any]:
    """Post a comment that must be accepted; returns its record."""
    response = client.post("/comments", json={"comment": comment})
    assert response.status_code == 201, response.text
    record: dict[str, Any] = response.json()
    return record


def list_ids(client: httpx.Client, limit: int) -> list[str]:
    """The ids of all comments, newest first, requested in pages of `limit`."""
    ids: list[str] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        page = client.get("/comments", params=query).json()
        assert 0 < len(page["comments"]) <= limit
        ids += [record["comment_id"] for record in page["comments"]]
        if page["next_cursor"] is None:
            return ids
        query["cursor"] = page["next_cursor"]


def assert_problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """Check that the answer is a problem (RFC 9457) with this status; returns its body."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["status"] == status
    assert problem["title"]
    return problem


def assert_field_problem(response: httpx.Response, status: int, field: str, detail: str) -> None:
    """Check that the problem names the field and has `detail` in its explanation."""
    problem = assert_problem(response, status)
    assert [error["field"] for error in problem["errors"]] == [field]
    assert detail in problem["errors"][0]["detail"]
    assert problem["detail"].startswith(f"{field}: ")


def assert_unavailable(response: httpx.Response, status: int) -> None:
    """Check that the problem says when to try again."""
    assert_problem(response, status)
    assert int(response.headers["Retry-After"]) >= 1
