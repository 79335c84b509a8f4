"""What the Locust file checks before a run: target, options and tokens."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import aiohttp
import pytest

from processes import free_port, listens, module
from tests.support.gateways import Gateway
from tests.support.locust import LOCUST, locust
from tests.support.until import until

pytestmark = pytest.mark.timeout(180)


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
        *module("gateway", "--new-token", "load", "submit,read,correct"),
        stdout=asyncio.subprocess.PIPE,
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
