"""`python -m k8s.doctor` on running processes: all is well, and each check fails once."""

from __future__ import annotations

import contextlib
import json
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import httpx
import pytest

from gateway.http.access import tokens
from processes import Process, answers, free_port, module
from tests.support.doctor import Report, check, fails, run
from tests.support.gateways import Gateway
from tests.support.scripted import VALENCE, Says, scripted

ROOT = Path(__file__).parents[3]
BOTH = ("reachable", "TLS", "without a token", "model", "model and store", "clock", "versions")


class Bento:
    """A real Bento with its metrics."""

    def __init__(self) -> None:
        port, metrics_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.metrics_url = f"http://127.0.0.1:{metrics_port}"
        environment = {"BENTO_PORT": str(port), "BENTO_METRICS_PORT": str(metrics_port)}
        self.process = Process("the Bento", module("bento"), environment=environment)


@pytest.fixture(scope="module")
def bento() -> Iterator[Bento]:
    bento = Bento()
    with bento.process:
        bento.process.wait_until(lambda: answers(f"{bento.url}/readyz"), seconds=60)
        yield bento


@pytest.fixture(scope="module")
def gateway(bento: Bento) -> Iterator[Gateway]:
    with Gateway(bento.url) as gateway:
        yield gateway


def of(gateway: Gateway, *arguments: object) -> Report:
    return check("--url", gateway.url, *arguments)


def test_all_is_well_and_nothing_is_stored(bento: Bento, gateway: Gateway) -> None:
    report = of(gateway, "--metrics", bento.metrics_url, "--metrics", gateway.metrics_url)
    assert report.exit_code == 0
    assert {name: report["outside", name].status for name in BOTH} == dict.fromkeys(BOTH, "ok")
    assert bento.metrics_url in report["outside", "model"].found
    assert report.seconds < 10
    assert httpx.get(f"{gateway.url}/comments").json()["comments"] == []


def test_what_is_not_given_is_skipped_with_the_reason(gateway: Gateway) -> None:
    report = of(gateway)
    skipped = {found for _, found in report.with_status("skipped").items()}
    assert skipped == {
        "no TOKEN_FILE",
        "no METRICS: addresses of parts outside of a cluster",
        "no KUBECONFIG",
        "no TABLE is given, and no DYNAMODB_TABLE_NAME is known",
        "see above",
    }
    assert report.exit_code == 0


def test_people_get_a_table(gateway: Gateway) -> None:
    ran = run("--url", gateway.url)
    assert ran.returncode == 0
    assert "✓   outside   reachable" in ran.stdout
    assert "No check failed" in ran.stdout


def test_make_passes_on_what_is_given(bento: Bento, gateway: Gateway, tmp_path: Path) -> None:
    (tmp_path / "my token").write_text("any")
    given = {
        "URL": gateway.url,
        "KUBECONFIG": tmp_path / "none",
        "NAMESPACE": "other",
        "TOKEN_FILE": tmp_path / "my token",
        "TABLE": "comments",
        "METRICS": f"{bento.metrics_url} {gateway.metrics_url}",
        "JSON": "1",
        "BIN": Path(sys.executable).parent,
    }
    # Within `make test` it would say where it is.
    command = ["make", "--no-print-directory", "doctor"]
    command += ["--old-file=.venv/.runtime", "--old-file=.venv/.development"]
    ran = subprocess.run(
        [*command, *(f"{name}={value}" for name, value in given.items())],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2, ran.stderr
    lines = {(each["topic"], each["check"]): each for each in json.loads(ran.stdout)["checks"]}
    assert str(tmp_path / "none") in lines["cluster", "reachable"]["found"]
    assert "no token is needed" in lines["outside", "the token's roles"]["found"]
    assert lines["outside", "versions"]["status"] == "ok"
    assert "no TABLE" not in lines["table", "recovery"]["found"]


def test_tokens_have_their_roles(bento: Bento, tmp_path: Path) -> None:
    file = tmp_path / "token"
    app, line = tokens.new("app", "submit,read")
    reader, other = tokens.new("reader", "read")
    with Gateway(bento.url, GATEWAY_TOKENS=f"{line}\n{other}") as gateway:
        file.write_text(f"{app}\n")
        report = of(gateway, "--token-file", file)
        assert report.exit_code == 0
        assert report["outside", "without a token"].found == "refused with 401"
        assert report["outside", "the token's roles"].found == "may read, submit"
        assert report["outside", "model"].status == "ok"

        file.write_text(reader)
        report = of(gateway, "--token-file", file)
        assert report["outside", "the token's roles"].found == "may read"
        assert "role submit" in report["outside", "model"].found

        file.write_text("wrong")
        report = of(gateway, "--token-file", file)
        assert report.failed == {("outside", "the token's roles")}
        assert report.exit_code == 1
        assert app not in report.output
        assert httpx.get(
            f"{gateway.url}/comments", headers={"Authorization": f"Bearer {app}"}
        ).json() == {"comments": [], "next_cursor": None}


def test_an_admin_may_do_everything(bento: Bento, tmp_path: Path) -> None:
    token, line = tokens.new("root", "admin")
    (tmp_path / "token").write_text(token)
    with Gateway(bento.url, GATEWAY_TOKENS=line) as gateway:
        report = of(gateway, "--token-file", tmp_path / "token")
    assert report["outside", "the token's roles"].found == "may read, submit, correct, delete"


def until_unhealthy(gateway: Gateway) -> None:
    """Wait until /healthz asks again: its answer is valid for a second."""
    while httpx.get(f"{gateway.url}/healthz", timeout=30).status_code == 200:
        pass


def test_a_bento_that_is_gone_fails() -> None:
    bento = Bento()
    with bento.process:
        bento.process.wait_until(lambda: answers(f"{bento.url}/readyz"), seconds=60)
        with Gateway(bento.url) as gateway:
            httpx.get(f"{gateway.url}/healthz").raise_for_status()
            bento.process.stop()
            until_unhealthy(gateway)
            report = of(gateway, "--metrics", bento.metrics_url)
    names = {("outside", name) for name in ("model", "model and store", "versions")}
    assert report.failed == names
    assert "the model is out" in report["outside", "model and store"].found
    assert "MICROSERVICE_URL" in report["outside", "model and store"].advice


def test_a_store_that_is_gone_fails(bento: Bento, tmp_path: Path) -> None:
    with Gateway(bento.url, GATEWAY_SQLITE_PATH=tmp_path / "comments.db") as gateway:
        httpx.get(f"{gateway.url}/healthz").raise_for_status()
        with contextlib.closing(sqlite3.connect(tmp_path / "comments.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            until_unhealthy(gateway)
            report = of(gateway)
    assert report.failed == {("outside", "model and store")}, report.output
    assert "the store is out" in report["outside", "model and store"].found


def test_two_models_fail() -> None:
    digests = iter(["sha256:" + "a" * 64, "sha256:" + "b" * 64] * 1000)
    with scripted(lambda _: gateway_like(next(digests))) as url:
        report = check("--url", url)
    assert report.failed == {("outside", "model")}, report.output
    assert "2 models" in report["outside", "model"].found


def gateway_like(digest: str, date: str | None = None) -> Says:
    headers = {"X-Model": digest, "Date": date or formatdate(usegmt=True)}
    return Says(200, VALENCE, headers)


@pytest.mark.parametrize(("off", "found"), [(3600, "ahead of"), (-3600, "behind")])
def test_a_clock_that_is_off_fails(off: int, found: str) -> None:
    date = formatdate(time.time() + off, usegmt=True)
    with scripted(lambda _: gateway_like("sha256:" + "a" * 64, date)) as url:
        report = check("--url", url)
    assert report.failed == {("outside", "clock")}, report.output
    assert found in report["outside", "clock"].found


def test_another_server_is_not_valence(bento: Bento) -> None:
    report = check("--url", bento.url)
    assert report.failed == {("outside", "reachable")}, report.output
    assert "not Valence" in report["outside", "reachable"].found


def test_a_refused_connection_is_one_line() -> None:
    report = check("--url", f"http://127.0.0.1:{free_port()}")
    assert report.failed == {("outside", "reachable")}, report.output
    assert report["outside", "reachable"].found == "cannot be reached: Connection refused"
    assert report.errors == ""


def test_silence_takes_less_than_ten_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        report = check("--url", url, "--metrics", url)
    assert report["outside", "reachable"].found == "cannot be reached: timed out"
    assert report.seconds < 10


def test_another_version_fails(bento: Bento) -> None:
    text = 'valence_build_info{part="gateway",version="0.0.1",model=""} 1\n'
    with scripted(lambda _: Says(200, text)) as url:
        report = check("--url", url, "--metrics", url, "--metrics", bento.metrics_url)
    assert "0.0.1: gateway" in report["outside", "versions"].found
    assert report["outside", "versions"].status == "failed"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--url", "nowhere"], "doctor: nowhere: not a URL like http://127.0.0.1:8000"),
        (["--url", "http://[::1"], "doctor: http://[::1: not a URL like http://127.0.0.1:8000"),
        (["--token-file", "/nowhere"], "doctor: /nowhere: No such file or directory"),
        (["--token-file", "/"], "doctor: /: Is a directory"),
        (["--token-file", "/dev/null"], "doctor: /dev/null: not a token, which is one word"),
    ],
)
def test_what_cannot_be_examined_is_one_line(arguments: list[str], line: str) -> None:
    assert fails(*arguments) == line
