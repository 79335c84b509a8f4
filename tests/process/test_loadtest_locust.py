"""The Locust file against the real gateway, and against servers that misbehave."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from loadtest.users.requests import BATCH
from tests.support.bad_bento import bad_bento
from tests.support.gateways import Gateway
from tests.support.locust import locust
from tests.support.until import until

pytestmark = pytest.mark.timeout(180)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("--rate", 60), id="open"),
        pytest.param(("--rate", 60, "--processes", 2), id="open-workers"),
        pytest.param(("--users", 60), id="closed"),
        pytest.param(("--users", 60, "--processes", 2), id="closed-workers"),
    ],
)
async def test_all_kinds_of_requests_and_no_text_twice(
    options: tuple[object, ...], bento_url: str, tmp_path: Path
) -> None:
    store = tmp_path / "comments.db"
    with Gateway(bento_url, GATEWAY_SQLITE_PATH=store) as gateway:
        ended = await locust(gateway.url, tmp_path, "-t", "8s", "--max-p99", 5000, *options)
    assert ended.said == []
    assert ended.code == 0
    assert ended.failures == 0
    names = ended.entries.keys()
    for name in ("", "/[id]", "/batch", "/[id]/correction"):
        assert f"/comments{name}" in names
    assert "DetectSentiment" in names
    assert any(name.startswith("bad: ") for name in names)
    posted = ended.entries["/comments"]["num_requests"]
    requests = sum(entry["num_requests"] for entry in ended.entries.values())
    assert 0.55 < posted / requests < 0.95
    if "--rate" in options:
        assert requests == pytest.approx(60 * 8, rel=0.3)
    with sqlite3.connect(store) as database:
        [[count, different]] = database.execute(COUNT)
    assert count == different
    posted += BATCH * ended.entries["/comments/batch"]["num_requests"]
    # Comments that a worker sent while the run was being stopped are not counted.
    assert count == pytest.approx(posted, abs=0 if "--rate" in options else 60)


COUNT = "SELECT count(*), count(DISTINCT original_comment) FROM comments"


@pytest.mark.parametrize("processes", [(), ("--processes", 2)])
async def test_the_host_may_end_with_a_slash(
    gateway_url: str, tmp_path: Path, processes: tuple[object, ...]
) -> None:
    run = ("--rate", 30, "-t", "2s", "--max-p99", 5000, *processes)
    ended = await locust(f"{gateway_url}/", tmp_path, *run)
    assert (ended.code, ended.said) == (0, [])
    assert ended.entries["/comments"]["num_requests"] > 0


async def test_a_slow_service_fails_the_run(tmp_path: Path) -> None:
    async with bad_bento() as bento:
        bento.delay = 0.4
        with Gateway(bento.url, GATEWAY_SQLITE_PATH=tmp_path / "comments.db") as gateway:
            run = ("--rate", 30, "-t", "4s")
            slow = await locust(gateway.url, tmp_path, *run)
            patient = await locust(gateway.url, tmp_path, *run, "--max-p99", 5000)
            p95 = await locust(gateway.url, tmp_path, *run, "--max-p99", 0, "--max-p95", 100)
    assert slow.code == 1
    [line] = slow.said
    assert line.startswith("locust: failed: p99 ")
    assert line.endswith(" > 250 ms")
    assert (patient.code, patient.said) == (0, [])
    assert p95.code == 1
    assert p95.said[0].startswith("locust: failed: p95 ")


async def test_latency_counts_from_when_a_request_was_due(tmp_path: Path) -> None:
    """For half of the run nothing is answered, so half of the requests that were due are late.

    Users who wait for an answer would have sent only one request each in that time.
    """
    async with bad_bento() as bento:
        store = tmp_path / "comments.db"
        with Gateway(
            bento.url,
            GATEWAY_SQLITE_PATH=store,
            GATEWAY_MODEL_CALL_SECONDS=8,
            GATEWAY_MAX_QUEUE_SECONDS=8,
        ) as gateway:
            bento.open.clear()
            run = asyncio.create_task(
                locust(gateway.url, tmp_path, "--rate", 100, "-t", "4s", "--max-p99", 0)
            )
            await until(lambda: bento.calls > 0, seconds=30)
            await asyncio.sleep(2)  # the fault itself
            bento.open.set()
            ended = await run
    assert (ended.code, ended.said) == (0, [])
    times = {int(time): n for time, n in ended.entries["/comments"]["response_times"].items()}
    late = sum(count for time, count in times.items() if time > 100)
    assert late / sum(times.values()) > 0.35


async def test_errors_fail_the_run(tmp_path: Path) -> None:
    async with bad_bento() as bento:
        bento.poison = "e"
        with Gateway(bento.url, GATEWAY_SQLITE_PATH=tmp_path / "comments.db") as gateway:
            ended = await locust(gateway.url, tmp_path, "--rate", 30, "-t", "3s")
            allowed = await locust(
                gateway.url, tmp_path, "--rate", 30, "-t", "3s", "--max-failures", 1, "--max-p99", 0
            )
    assert ended.code == 1
    assert "locust: failed: failures " in ended.said[0]
    assert allowed.code == 0


@pytest.fixture
async def careless() -> AsyncIterator[str]:
    """A server that accepts everything that is not empty."""

    async def post(request: web.Request) -> web.Response:
        body = await request.text()
        comment = json.loads(body).get("comment") if body.endswith("}") else body
        record = {"comment_id": "1", "original_comment": comment}
        return web.json_response(record, status=201 if comment != "" else 422)

    async def post_batch(_: web.Request) -> web.Response:
        return web.json_response({"outcomes": [{"status": 201}] * BATCH})

    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"correction": {}, "SentimentScore": {}})

    async def get(_: web.Request) -> web.Response:
        return web.json_response({"comment_id": "1", "comments": []})

    app = web.Application()
    app.router.add_post("/comments", post)
    app.router.add_post("/comments/batch", post_batch)
    app.router.add_put("/comments/1/correction", answer)
    app.router.add_post("/", answer)
    app.router.add_get("/comments", get)
    app.router.add_get("/comments/1", get)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_accepting_a_bad_request_is_a_failure(careless: str, tmp_path: Path) -> None:
    ended = await locust(careless, tmp_path, "--rate", 100, "-t", "3s", "--max-p99", 0)
    assert ended.code == 1
    failed = {name for name, entry in ended.entries.items() if entry["num_failures"]}
    assert failed
    assert all(name.startswith("bad: ") for name in failed)


async def test_the_ramp_ends_at_the_knee(tmp_path: Path) -> None:
    async with bad_bento() as bento:
        with Gateway(bento.url, GATEWAY_SQLITE_PATH=tmp_path / "comments.db") as gateway:
            run = asyncio.create_task(
                locust(gateway.url, tmp_path, "--shape", "ramp", "--rate", 50, "-t", "50s")
            )
            await until(lambda: bento.calls > 40, seconds=60)
            bento.delay = 0.5
            ended = await run
    assert ended.code == 0
    [line] = ended.said
    assert line.startswith("locust: knee: ")
    assert "requests/s held; p99" in line
