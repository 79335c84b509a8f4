"""The Locust file against the real gateway, and against servers that misbehave."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
from aiohttp import web

from processes import free_port, listens, module
from tests.support.bad_bento import bad_bento
from tests.support.gateways import Gateway
from tests.support.until import until

pytestmark = pytest.mark.timeout(180)
LOCUST = [str(Path(sys.executable).with_name("locust")), "-f", "loadtest/locustfile.py"]


class Ended(NamedTuple):
    code: int
    said: list[str]
    """The lines of our messages, without log and tables."""
    entries: dict[str, dict[str, Any]]

    @property
    def failures(self) -> int:
        return sum(entry["num_failures"] for entry in self.entries.values())


async def locust(url: str, folder: Path, *options: object) -> Ended:
    """Run Locust without the web page."""
    file = folder / "stats"
    command = [*LOCUST, "--headless", "--only-summary", "--host", url, "--json-file", str(file)]
    child = await asyncio.create_subprocess_exec(
        *command,
        *map(str, options),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await child.communicate()
    said = [line for line in errors.decode().splitlines() if line and not line.startswith("[")]
    written = file.with_name("stats.json")
    stats = json.loads(written.read_text()) if written.exists() else []
    return Ended(child.returncode or 0, said, {entry["name"]: entry for entry in stats})


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("--rate", 60), id="open"),
        pytest.param(("--rate", 60, "--processes", 2), id="open-workers"),
        pytest.param(("--users", 20), id="closed"),
        pytest.param(("--users", 20, "--processes", 2), id="closed-workers"),
    ],
)
async def test_all_kinds_of_requests_and_no_text_twice(
    options: tuple[object, ...], bento_url: str, tmp_path: Path
) -> None:
    store = tmp_path / "comments.db"
    with Gateway(bento_url, GATEWAY_SQLITE_PATH=store) as gateway:
        ended = await locust(gateway.url, tmp_path, "-t", "5s", "--max-p99", 5000, *options)
    assert ended.said == []
    assert ended.code == 0
    assert ended.failures == 0
    names = ended.entries.keys()
    assert {"/comments", "/comments/[id]"} <= names
    assert any(name.startswith("bad: ") for name in names)
    posted = ended.entries["/comments"]["num_requests"]
    requests = sum(entry["num_requests"] for entry in ended.entries.values())
    assert 0.6 < posted / requests < 0.95
    if "--rate" in options:
        assert requests == pytest.approx(60 * 5, rel=0.3)
    with sqlite3.connect(store) as database:
        [[count, different]] = database.execute(COUNT)
    assert count == different
    # Comments that a worker sent while the run was being stopped are not counted.
    assert count == pytest.approx(posted, abs=0 if "--rate" in options else 20)


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

    async def get(_: web.Request) -> web.Response:
        return web.json_response({"comment_id": "1", "comments": []})

    app = web.Application()
    app.router.add_post("/comments", post)
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


@pytest.mark.parametrize("processes", [(), ("--processes", 2)])
async def test_a_target_that_is_down_is_one_line(
    tmp_path: Path, processes: tuple[object, ...]
) -> None:
    port = free_port()
    ended = await locust(f"http://127.0.0.1:{port}", tmp_path, "--rate", 1, *processes)
    assert ended.code == 1
    [line] = ended.said
    assert line.startswith(f"locust: http://127.0.0.1:{port}: cannot be reached: ")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--rate", -5), "--rate -5: must be 0 or more"),
        (("--rate", "nan"), "--rate nan: must be 0 or more"),
        (("--rate", 9, "--shape", "ramp", "-t", 20, "--processes", 2), "must last 90 s or more"),
    ],
)
async def test_invalid_options_are_one_line(
    gateway_url: str, tmp_path: Path, options: tuple[object, ...], message: str
) -> None:
    ended = await locust(gateway_url, tmp_path, *options)
    assert ended.code == 1
    [line] = ended.said
    assert line.startswith("locust: --")
    assert message in line


async def test_the_web_page_does_not_show_the_token(gateway_url: str) -> None:
    port = free_port()
    own = {**os.environ, "LOCUST_TOKEN": "very-secret"}
    options = ("--host", gateway_url, "--web-host", "127.0.0.1", "--web-port", str(port))
    child = await asyncio.create_subprocess_exec(
        *LOCUST, *options, env=own, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await until(lambda: listens(port), seconds=30)
        async with aiohttp.ClientSession() as session:
            page = await (await session.get(f"http://127.0.0.1:{port}/")).text()
    finally:
        child.terminate()
        await child.wait()
    assert "max_p99" in page
    assert "very-secret" not in page


async def test_another_server_is_one_line(bento_url: str, tmp_path: Path) -> None:
    ended = await locust(bento_url, tmp_path, "--rate", 1)
    assert ended.code == 1
    [line] = ended.said
    assert "not a working Valence: GET /comments gave 404" in line


async def test_tokens(bento_url: str, tmp_path: Path) -> None:
    made = await asyncio.create_subprocess_exec(
        *module("gateway", "--new-token", "load", "submit,read"), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await made.communicate()
    token, line = (text.partition(":")[2].strip() for text in said.decode().splitlines()[:2])
    with Gateway(
        bento_url, GATEWAY_SQLITE_PATH=tmp_path / "comments.db", GATEWAY_TOKENS=line
    ) as gateway:
        run = ("--rate", 20, "-t", "2s", "--max-p99", 5000)
        none = await locust(gateway.url, tmp_path, *run)
        wrong = await locust(gateway.url, tmp_path, *run, "--token", "wrong")
        right = await locust(gateway.url, tmp_path, *run, "--token", token)
    assert [none.code, wrong.code, right.code] == [1, 1, 0]
    assert none.said[0].endswith(": a token is needed (--token): GET /comments gave 401")
    assert wrong.said[0].endswith(": the token is refused: GET /comments gave 401")
    assert right.failures == 0
