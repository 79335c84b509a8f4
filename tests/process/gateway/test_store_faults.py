"""A gateway whose store fails: comments get 503 or 504, what was stored before is kept, and the
gateway stays ready, as all gateways share the store."""

from __future__ import annotations

import contextlib
import resource
import sqlite3
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest

from processes import POLL_SECONDS, free_port
from tests.support.api import assert_unavailable, post_comment
from tests.support.gateways import Gateway

COMMENT = {"comment": "x"}
REQUEST_SECONDS = 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds the store of `gateway`."""
    return tmp_path_factory.mktemp("store") / "folder"


@pytest.fixture(scope="module")
def gateway(bento_url: str, folder: Path) -> Iterator[Gateway]:
    path = folder / "comments.db"
    with Gateway(
        bento_url, GATEWAY_SQLITE_PATH=path, GATEWAY_REQUEST_SECONDS=REQUEST_SECONDS
    ) as gateway:
        yield gateway


@pytest.fixture
def client(gateway: Gateway) -> Iterator[httpx.Client]:
    """A client of a gateway that works, before and after the test."""
    with httpx.Client(base_url=gateway.url, timeout=30) as client:
        wait_for(client, HTTPStatus.OK)
        yield client
        wait_for(client, HTTPStatus.OK)


def wait_for(client: httpx.Client, status: int) -> httpx.Response:
    """Ask for the parts' health, which is checked at most once a second, until it has this
    status."""
    deadline = time.monotonic() + 30
    while (answer := client.get("/healthz")).status_code != status:
        assert time.monotonic() < deadline, answer.text
        time.sleep(POLL_SECONDS)
    return answer


def post_until(client: httpx.Client, status: int) -> httpx.Response:
    """Post comments until an answer has this status."""
    deadline = time.monotonic() + 30
    while (answer := client.post("/comments", json=COMMENT)).status_code != status:
        assert time.monotonic() < deadline, answer.text
    return answer


def assert_serves_without_its_store(client: httpx.Client) -> None:
    """It says that its store is out, and is ready all the same."""
    health = wait_for(client, HTTPStatus.SERVICE_UNAVAILABLE)
    assert_unavailable(health, 503)
    assert "the store is out" in health.json()["detail"]
    for path in ("/readyz", "/livez", "/"):
        assert client.get(path).status_code == 200


@contextlib.contextmanager
def full_disk(gateway: Gateway) -> Iterator[None]:
    """No file of the gateway may grow, so its writes fail as on a full disk."""
    soft, hard = resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Another process writes to the store and does not finish."""
    with contextlib.closing(sqlite3.connect(folder / "comments.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_a_full_disk_is_503(client: httpx.Client, gateway: Gateway) -> None:
    kept = post_comment(client, "before")
    with full_disk(gateway):
        assert_unavailable(client.post("/comments", json={"comment": "x" * 5_000}), 503)
        assert_serves_without_its_store(client)
        assert client.get(f"/comments/{kept['comment_id']}").json() == kept
    after = post_comment(client, "after")
    assert client.get("/comments?limit=2").json()["comments"] == [after, kept]


def test_a_locked_store_is_504(client: httpx.Client, folder: Path) -> None:
    with locked(folder):
        assert_serves_without_its_store(client)
        assert_unavailable(client.post("/comments", json=COMMENT), 504)
        refused = post_until(client, 503)
        assert_unavailable(refused, 503)
        assert refused.json()["detail"] == "the store does not answer"
    post_until(client, 201)


def test_a_deleted_store_is_503(client: httpx.Client, folder: Path) -> None:
    kept = post_comment(client, "before")
    elsewhere = folder.with_name("elsewhere")
    folder.rename(elsewhere)
    assert_unavailable(client.post("/comments", json={"comment": "lost"}), 503)
    assert_serves_without_its_store(client)
    elsewhere.rename(folder)
    after = post_comment(client, "after")
    assert client.get("/comments?limit=2").json()["comments"] == [after, kept]


def test_no_dynamodb_is_503_and_no_start(bento_url: str) -> None:
    with (
        Gateway(
            bento_url,
            GATEWAY_STORE="dynamodb",
            GATEWAY_REQUEST_SECONDS=4,  # calls are retried for half of it
            AWS_ENDPOINT_URL_DYNAMODB=f"http://127.0.0.1:{free_port()}",
            AWS_REGION="us-east-1",
            AWS_ACCESS_KEY_ID="local",
            AWS_SECRET_ACCESS_KEY="local",
        ) as gateway,
        httpx.Client(base_url=gateway.url, timeout=30) as client,
    ):
        assert_unavailable(client.post("/comments", json=COMMENT), 503)
        assert_unavailable(client.get("/comments"), 503)
        ready = client.get("/readyz")
        assert_unavailable(ready, 503)
        assert "the store is out (DynamoDB cannot be reached)" in ready.json()["detail"]
        for path in ("/livez", "/"):
            assert client.get(path).status_code == 200
