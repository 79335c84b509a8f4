"""`python -m loadtest autoscale` ends with one line, before any load, if it cannot measure."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml
from aiohttp import web

from processes import free_port, module


def fails(*arguments: object) -> str:
    """The single line of a command that fails."""
    done = subprocess.run(
        module("loadtest", "autoscale", *map(str, arguments)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    return line


def kubeconfig(folder: Path, server: str) -> Path:
    file = folder / "kubeconfig"
    named = {"clusters": "cluster", "users": "user", "contexts": "context"}
    parts = {
        "clusters": {"server": server},
        "users": {"token": "wrong"},
        "contexts": {"cluster": "it", "user": "it"},
    }
    config = {name: [{"name": "it", key: parts[name]}] for name, key in named.items()}
    file.write_text(yaml.safe_dump({**config, "kind": "Config", "current-context": "it"}))
    return file


@contextlib.asynccontextmanager
async def answering(status: int, body: object) -> AsyncIterator[str]:
    """An API server that gives the same answer to all requests."""

    async def handle(_: web.Request) -> web.Response:
        return web.json_response(body, status=status)

    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
def nowhere() -> str:
    return f"http://127.0.0.1:{free_port()}"


def test_no_kubeconfig(gateway_url: str, tmp_path: Path) -> None:
    line = fails("--url", gateway_url, "--kubeconfig", tmp_path / "none")
    assert line.startswith(f"loadtest: no kubeconfig ({tmp_path / 'none'}): ")


@pytest.mark.parametrize("content", ["hello", "{"])
def test_a_file_that_is_no_kubeconfig(gateway_url: str, tmp_path: Path, content: str) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(content)
    assert fails("--url", gateway_url, "--kubeconfig", file).startswith("loadtest: no kubeconfig")


def test_a_cluster_that_is_down(gateway_url: str, tmp_path: Path, nowhere: str) -> None:
    line = fails("--url", gateway_url, "--kubeconfig", kubeconfig(tmp_path, nowhere))
    assert line == f"loadtest: {nowhere} cannot be reached: [Errno 111] Connection refused"


async def test_a_cluster_that_refuses(gateway_url: str, tmp_path: Path) -> None:
    async with answering(401, {"kind": "Status"}) as server:
        file = kubeconfig(tmp_path, server)
        line = await asyncio.to_thread(fails, "--url", gateway_url, "--kubeconfig", file)
    assert line == f"loadtest: {server} refused: 401 Unauthorized"


async def test_a_namespace_where_nothing_is_scaled(gateway_url: str, tmp_path: Path) -> None:
    async with answering(200, {"items": []}) as server:
        file = kubeconfig(tmp_path, server)
        line = await asyncio.to_thread(fails, "--url", gateway_url, "--kubeconfig", file)
    assert line == "loadtest: nothing in namespace valence is scaled by its CPU"


def test_a_target_that_is_down(tmp_path: Path, nowhere: str) -> None:
    file = kubeconfig(tmp_path, nowhere)
    line = fails("--url", nowhere, "--kubeconfig", file)
    assert line.startswith(f"loadtest: {nowhere}: cannot be reached: ")
