"""The Bento's start: what it says when it cannot, and how it logs."""

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from processes import module

ROOT = Path(__file__).parents[2]
BENTOML = Path(sys.executable).with_name("bentoml")


@pytest.mark.parametrize(
    "command",
    [module("bento"), [str(BENTOML), "serve", "bento.service:Valence"]],
    ids=["module", "bentoml"],
)
@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"BENTO_ARTIFACT_DIR": "/nowhere"}, "There is no artifact in /nowhere"),
        ({"BENTO_ARTIFACT_DIGEST": f"sha256:{'0' * 64}"}, "The artifact in "),
        ({"BENTO_PORT": "http"}, "BENTO_PORT='http'"),
    ],
)
def test_a_failing_start_prints_one_line(
    command: list[str], setting: dict[str, str], message: str, tmp_path: Path
) -> None:
    environment = {**os.environ, "BENTOML_HOME": str(tmp_path), **setting}
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"bento: {message}")
    assert done.stderr.count("\n") == 1


def test_logs_are_json_with_times_in_utc() -> None:
    code = (
        "import logging\n"
        "from bento.__main__ import configure_logs, service\n"
        "service.to_asgi()\n"
        "configure_logs()\n"
        "logging.getLogger('bentoml.part').warning('here')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TZ": "America/New_York"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    [line] = done.stderr.splitlines()
    written = json.loads(line)
    assert (written["level"], written["message"]) == ("WARNING", "here")
    assert written["timestamp"].endswith("Z")
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(written["timestamp"])
    assert dt.timedelta(0) <= age < dt.timedelta(minutes=1)


def test_a_port_in_use_is_named(bento_url: str) -> None:
    port = bento_url.rpartition(":")[2]
    environment = {**os.environ, "BENTO_PORT": port}
    done = subprocess.run(
        module("bento"), env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode > 0
    assert "Address already in use" in done.stderr
    assert done.stderr.count("\n") == 1
