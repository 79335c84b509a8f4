"""What the gateway says when a part it needs fails: nothing is acknowledged, nothing is kept."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import socket
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from processes import free_port
from tests.support.bad_bento import GOOD, bad_bento
from tests.support.gateways import Gateway

MODEL = "sha256:" + "0" * 64

RUBBISH: dict[str, tuple[int, object]] = {
    "not JSON": (200, b"<html>"),
    "an empty body": (200, b""),
    "an error": (500, {"error": "boom"}),
    "a refusal": (400, {"detail": "no"}),
    "too few results": (200, {"model": MODEL, "results": []}),
    "too many results": (200, {"model": MODEL, "results": [GOOD, GOOD]}),
    "no model": (200, {"results": [GOOD]}),
    "an unknown sentiment": (200, {"model": MODEL, "results": [{**GOOD, "sentiment": "sad"}]}),
    "an impossible score": (200, {"model": MODEL, "results": [{**GOOD, "score": 2}]}),
    "a redirect": (302, {}),
}


def assert_unavailable(response: httpx.Response, status: int) -> None:
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    assert int(response.headers["Retry-After"]) >= 1


async def assert_alive_and_empty(client: httpx.AsyncClient) -> None:
    assert (await client.get("/livez")).status_code == 200
    assert (await client.get("/comments")).json()["comments"] == []


@pytest.mark.parametrize(("status", "answer"), RUBBISH.values(), ids=RUBBISH.keys())
async def test_rubbish_from_the_bento(tmp_path: Path, status: int, answer: object) -> None:
    async with bad_bento() as bento:
        bento.status, bento.answer = status, answer
        with Gateway(bento.url, SQLITE_PATH=tmp_path / "comments.db") as gateway:
            async with httpx.AsyncClient(base_url=gateway.url) as client:
                assert_unavailable(await client.post("/comments", json={"comment": "x"}), 503)
                assert bento.calls <= 2
                await assert_alive_and_empty(client)


async def test_a_slow_bento(tmp_path: Path) -> None:
    async with bad_bento() as bento:
        bento.answer = {"model": MODEL, "results": [GOOD]}
        bento.delay = 60
        with Gateway(
            bento.url, SQLITE_PATH=tmp_path / "comments.db", ATTEMPT_SECONDS=0.5
        ) as gateway:
            async with httpx.AsyncClient(base_url=gateway.url, timeout=30) as client:
                started = time.monotonic()
                assert_unavailable(await client.post("/comments", json={"comment": "x"}), 504)
                assert 0.9 < time.monotonic() - started < 10
                await assert_alive_and_empty(client)
                bento.delay = 0
                assert (await client.post("/comments", json={"comment": "x"})).status_code == 201


async def test_one_failed_attempt_is_made_good(tmp_path: Path) -> None:
    async with bad_bento() as bento:
        bento.answer = {"model": MODEL, "results": [GOOD]}
        bento.delay, bento.delayed_calls = 60, 1
        with Gateway(
            bento.url, SQLITE_PATH=tmp_path / "comments.db", ATTEMPT_SECONDS=0.5
        ) as gateway:
            async with httpx.AsyncClient(base_url=gateway.url, timeout=30) as client:
                assert (await client.post("/comments", json={"comment": "x"})).status_code == 201
                assert bento.calls == 2


async def test_no_bento(tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    with Gateway(nowhere, SQLITE_PATH=tmp_path / "comments.db") as gateway:
        async with httpx.AsyncClient(base_url=gateway.url) as client:
            assert_unavailable(await client.post("/comments", json={"comment": "x"}), 503)
            ready = await client.get("/readyz")
            assert_unavailable(ready, 503)
            assert "the model" in ready.json()["detail"]
            await assert_alive_and_empty(client)


def test_a_full_disk_acknowledges_nothing(bento_url: str, tmp_path: Path) -> None:
    path = tmp_path / "comments.db"
    with (
        Gateway(bento_url, SQLITE_PATH=path) as gateway,
        httpx.Client(base_url=gateway.url, timeout=30) as client,
    ):
        kept = client.post("/comments", json={"comment": "before"}).json()
        # No file of this process may grow from here on: its writes fail as on a full disk.
        _, hard = resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (0, hard))
        assert_unavailable(client.post("/comments", json={"comment": "x" * 5_000}), 503)
        assert client.get("/livez").status_code == 200
        assert client.get(f"/comments/{kept['comment_id']}").json() == kept
        resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        assert client.post("/comments", json={"comment": "after"}).status_code == 201
        stored = [
            record["original_comment"] for record in client.get("/comments").json()["comments"]
        ]
        assert stored == ["after", "before"]


def test_a_store_that_cannot_write_is_not_ready(bento_url: str, tmp_path: Path) -> None:
    path = tmp_path / "comments.db"
    with (
        Gateway(bento_url, SQLITE_PATH=path) as gateway,
        httpx.Client(base_url=gateway.url, timeout=30) as client,
    ):
        assert client.get("/readyz").status_code == 200
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert_unavailable(client.get("/readyz"), 503)
        other.execute("ROLLBACK")
        other.close()
        until(lambda: client.get("/readyz").status_code == 200)
        _, hard = resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (0, hard))
        assert_unavailable(client.get("/readyz"), 503)


def test_nothing_is_acknowledged_into_a_deleted_store(bento_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    with (
        Gateway(bento_url, SQLITE_PATH=folder / "comments.db") as gateway,
        httpx.Client(base_url=gateway.url, timeout=30) as client,
    ):
        kept = client.post("/comments", json={"comment": "before"}).json()
        folder.rename(tmp_path / "elsewhere")
        assert_unavailable(client.post("/comments", json={"comment": "lost"}), 503)
        assert_unavailable(client.get("/readyz"), 503)
        (tmp_path / "elsewhere").rename(folder)
        assert client.get("/readyz").status_code == 200
        after = client.post("/comments", json={"comment": "after"}).json()
        assert client.get("/comments").json()["comments"] == [after, kept]


def test_after_a_hung_call_the_next_comment_is_taken_at_once(tmp_path: Path) -> None:
    """What failed says nothing about how long to wait for the next batch."""

    async def scenario() -> None:
        async with bad_bento() as bento:
            bento.answer = {"model": MODEL, "results": [GOOD]}
            bento.delay, bento.delayed_calls = 60, 2
            with Gateway(
                bento.url, SQLITE_PATH=tmp_path / "comments.db", ATTEMPT_SECONDS=1, REST=10
            ) as gateway:
                async with httpx.AsyncClient(base_url=gateway.url, timeout=30) as client:
                    slow = await client.post("/comments", json={"comment": "x"})
                    assert_unavailable(slow, 504)
                    started = time.monotonic()
                    again = await client.post("/comments", json={"comment": "x"})
                    assert again.status_code == 201
                    assert time.monotonic() - started < 5

    asyncio.run(scenario())


def test_a_body_that_does_not_come_is_not_waited_for(bento_url: str, tmp_path: Path) -> None:
    with Gateway(bento_url, SQLITE_PATH=tmp_path / "c.db", REQUEST_SECONDS=0.5) as gateway:
        port = int(gateway.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            client.sendall(
                b"POST /comments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b'Content-Length: 20\r\n\r\n{"com'
            )
            answer = client.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"did not come within 0.5 s" in answer


def test_a_body_that_was_refused_and_still_does_not_come_is_answered_once(
    bento_url: str, tmp_path: Path
) -> None:
    with Gateway(bento_url, SQLITE_PATH=tmp_path / "c.db", REQUEST_SECONDS=0.5) as gateway:
        where = ("127.0.0.1", int(gateway.url.rpartition(":")[2]))
        with socket.create_connection(where, timeout=30) as client:
            client.sendall(
                b"POST /comments HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
                b"Content-Length: 20\r\n\r\n"
            )
            answers = client.makefile("rb").read()
        assert answers.startswith(b"HTTP/1.1 415 ")
        assert answers.count(b"HTTP/1.1 ") == 1


def test_a_request_that_trickles_is_cut_off_and_nobody_else(bento_url: str, tmp_path: Path) -> None:
    head = b"POST /comments HTTP/1.1\r\nHost: x\r\n" + b"X-Slow: yes\r\n" * 5_000
    with Gateway(bento_url, SQLITE_PATH=tmp_path / "c.db", REQUEST_SECONDS=0.5) as gateway:
        where = ("127.0.0.1", int(gateway.url.rpartition(":")[2]))
        with (
            socket.create_connection(where, timeout=30) as idle,
            socket.create_connection(where, timeout=30) as slow,
        ):
            # As long as it is not answered, there is always a next byte.
            slow.settimeout(0.05)
            answer, sent = b"", 0
            while not answer:
                assert sent < len(head)
                slow.sendall(head[sent : sent + 1])
                sent += 1
                with contextlib.suppress(TimeoutError):
                    answer = slow.recv(65_536)
            assert answer.startswith(b"HTTP/1.1 408 ")
            assert b"did not come within 0.5 s" in answer
            assert b"\r\nconnection: close\r\n" in answer
            # One that asks nothing is not late.
            idle.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
            assert idle.recv(65_536).startswith(b"HTTP/1.1 200 ")


def test_a_head_without_end_is_cut_off(bento_url: str, tmp_path: Path) -> None:
    with Gateway(bento_url, SQLITE_PATH=tmp_path / "c.db") as gateway:
        port = int(gateway.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            client.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nX: ")
            with contextlib.suppress(ConnectionError):
                for _ in range(100):
                    client.sendall(b"x" * 10_000)
            with contextlib.suppress(ConnectionError):
                assert client.makefile("rb").read().startswith(b"HTTP/1.1 400 ")
        assert httpx.get(f"{gateway.url}/livez").status_code == 200


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline


def test_a_locked_store_acknowledges_nothing(bento_url: str, tmp_path: Path) -> None:
    path = tmp_path / "comments.db"
    with (
        Gateway(bento_url, SQLITE_PATH=path, REQUEST_SECONDS=1) as gateway,
        httpx.Client(base_url=gateway.url, timeout=30) as client,
    ):
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        response = client.post("/comments", json={"comment": "x"})
        assert response.status_code in {503, 504}
        assert response.headers["Retry-After"]
        other.execute("ROLLBACK")
        other.close()


def test_no_dynamodb(bento_url: str) -> None:
    with (
        Gateway(
            bento_url,
            STORE="dynamodb",
            AWS_ENDPOINT_URL_DYNAMODB=f"http://127.0.0.1:{free_port()}",
            AWS_REGION="us-east-1",
            AWS_ACCESS_KEY_ID="local",
            AWS_SECRET_ACCESS_KEY="local",
        ) as gateway,
        httpx.Client(base_url=gateway.url, timeout=30) as client,
    ):
        assert_unavailable(client.post("/comments", json={"comment": "x"}), 503)
        assert_unavailable(client.get("/comments"), 503)
        ready = client.get("/readyz")
        assert_unavailable(ready, 503)
        assert "the store" in ready.json()["detail"]
        assert client.get("/livez").status_code == 200
