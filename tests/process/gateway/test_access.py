"""Access tokens of a running gateway: what each role may do, and how tokens are configured."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.http.access import tokens
from processes import module
from tests.support.gateways import Gateway

COMMENT = {"comment": "a private word, loved it"}


@pytest.fixture(scope="module")
def token_lines() -> dict[str, tuple[str, str]]:
    """For each role, a token and its line of configuration."""
    return {role: tokens.new(f"{role}-app", role) for role in ("submit", "read", "admin")}


@pytest.fixture(scope="module")
def gateway(
    bento_url: str,
    token_lines: dict[str, tuple[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Gateway]:
    """A gateway that requires tokens."""
    file = tmp_path_factory.mktemp("tokens") / "tokens"
    file.write_text("# a comment\n" + "\n".join(line for _, line in token_lines.values()))
    with Gateway(bento_url, GATEWAY_TOKENS_FILE=file) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def bearers(token_lines: dict[str, tuple[str, str]]) -> dict[str, dict[str, str]]:
    """For each role, the header that carries its token."""
    return {role: {"Authorization": f"Bearer {token}"} for role, (token, _) in token_lines.items()}


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("submit", {"POST": 201, "GET": 403, "LIST": 403, "DELETE": 403}),
        ("read", {"POST": 403, "GET": 200, "LIST": 200, "DELETE": 403}),
        ("admin", {"POST": 201, "GET": 200, "LIST": 200, "DELETE": 204}),
        ("unknown", {"POST": 401, "GET": 401, "LIST": 401, "DELETE": 401}),
        (None, {"POST": 401, "GET": 401, "LIST": 401, "DELETE": 401}),
    ],
)
def test_a_role_allows_its_requests_only(
    gateway: Gateway,
    bearers: dict[str, dict[str, str]],
    role: str | None,
    expected: dict[str, int],
) -> None:
    unknown = {"Authorization": "Bearer unknown"}
    headers = bearers.get(role, unknown) if role else {}
    with httpx.Client(base_url=gateway.url) as client:
        posted = client.post("/comments", json=COMMENT, headers=bearers["admin"])
        path = posted.headers["Location"]
        answers = {
            "POST": client.post("/comments", json=COMMENT, headers=headers),
            "GET": client.get(path, headers=headers),
            "LIST": client.get("/comments", headers=headers),
            "DELETE": client.delete(path, headers=headers),
        }
    assert {name: answer.status_code for name, answer in answers.items()} == expected
    for answer in answers.values():
        if answer.status_code == 401:
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("POST", "/comments/batch", "submit"),
        ("PUT", f"/comments/{uuid.UUID(int=4)}/correction", "admin"),
        ("DELETE", f"/comments/{uuid.UUID(int=4)}/correction", "admin"),
        ("GET", "/comments/export", "read"),
        ("HEAD", "/comments/export", "read"),
        ("HEAD", "/comments", "read"),
        ("GET", "/statistics", "read"),
    ],
)
def test_every_route_needs_its_role_before_it_looks_at_the_request(
    gateway: Gateway, bearers: dict[str, dict[str, str]], method: str, path: str, role: str
) -> None:
    with httpx.Client(base_url=gateway.url) as client:
        wrong = "read" if role == "submit" else "submit"
        body = "not JSON" if method in {"POST", "PUT"} else None
        statuses = [
            client.request(method, path, headers=headers, content=body).status_code
            for headers in ({}, bearers[wrong], bearers[role])
        ]
    assert statuses[:2] == [401, 403]
    assert statuses[2] in ({415} if body else {200, 404})


def test_probes_and_pages_need_no_token(gateway: Gateway) -> None:
    for path in ("/livez", "/readyz", "/", "/docs", "/openapi.json"):
        assert httpx.get(gateway.url + path).status_code == 200


def test_each_caller_has_its_own_idempotency_keys(
    gateway: Gateway, bearers: dict[str, dict[str, str]]
) -> None:
    answers = [
        httpx.post(
            f"{gateway.url}/comments",
            json=COMMENT,
            headers={**bearers[role], "Idempotency-Key": "one"},
        )
        for role in ("submit", "admin")
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["comment_id"] != answers[1].json()["comment_id"]


def test_a_deleted_comment_is_gone(gateway: Gateway, bearers: dict[str, dict[str, str]]) -> None:
    with httpx.Client(base_url=gateway.url, headers=bearers["admin"]) as client:
        path = client.post("/comments", json=COMMENT).headers["Location"]
        assert client.delete(path).status_code == 204
        assert client.get(path).status_code == 404
        assert client.delete(path).status_code == 404
        assert path.rpartition("/")[2] not in client.get("/comments").text


def failed_start(**settings: str) -> str:
    """The one line that a gateway prints which does not start with these settings."""
    ended = subprocess.run(
        module("gateway"),
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1, ended.stderr
    return ended.stderr


def test_off_loopback_tokens_are_required(tmp_path: Path) -> None:
    store = {"GATEWAY_SQLITE_PATH": str(tmp_path / "comments.db")}
    line = tokens.new("app", "read")[1]
    assert "GATEWAY_AUTH=none would" in failed_start(GATEWAY_HOST="0.0.0.0", **store)
    assert "GATEWAY_AUTH='none'" in failed_start(GATEWAY_AUTH="none", GATEWAY_TOKENS=line, **store)
    assert "TOKENS: line 1 is" in failed_start(GATEWAY_TOKENS="app read 1234", **store)
    file = tmp_path / "tokens"
    file.write_text("# the second line is wrong\napp read 1234")
    wrong = failed_start(GATEWAY_TOKENS_FILE=str(file), GATEWAY_TOKENS=line, **store)
    assert f"GATEWAY_TOKENS_FILE='{file}': line 2 is" in wrong
    file.write_text(line)
    twice = failed_start(GATEWAY_TOKENS_FILE=str(file), GATEWAY_TOKENS=line, **store)
    assert "GATEWAY_TOKENS and GATEWAY_TOKENS_FILE: the name app is used twice" in twice
    assert "the file cannot be read: No such file or directory" in failed_start(
        GATEWAY_TOKENS_FILE=str(tmp_path / "nothing"), **store
    )


def test_new_token_prints_a_token_and_its_line() -> None:
    printed = subprocess.run(
        module("gateway", "--new-token", "app", "submit,read"),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    token, line = (row.split(maxsplit=1)[1] for row in printed.splitlines())
    caller = tokens.Tokens(line).require(f"Bearer {token}", tokens.Role.READ)
    assert caller.name == "app"
