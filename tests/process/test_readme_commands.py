"""The documentation's commands do what they are said to do."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests import documentation
from tests.documentation import ROOT

BIN = Path(sys.executable).parent
COMMANDS = sorted({each for file in documentation.documents() for each in file.commands})
QUICK = [
    each.removeprefix(".venv/bin/")
    for each in COMMANDS
    if re.match(
        r"\.venv/bin/python -m"
        r" (training (?!train|replay|drift|reference|publish|fetch)|gateway --new-token)",
        each,
    )
]
CURL = [each for each in COMMANDS if re.match(r"curl .*http://127\.0\.0\.1:(8000|3000)/", each)]
SAMPLE_ID = "a1b2c3d4-e5f6-7890-a1b2-c3d4e5f67890"
COMMENT = "This is a fantastic project and it works perfectly!"

# They train nothing and need no download: the cache is there.
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "CACHE_DIR": str(ROOT / ".data/cache")}


def test_there_are_commands() -> None:
    assert len(QUICK) == 7
    assert len(CURL) == 15


@pytest.mark.parametrize("command", QUICK)
def test_quick_commands_work(command: str, tmp_path: Path) -> None:
    (tmp_path / "bento").symlink_to(ROOT / "bento")
    rows = "text,label\n" + 50 * '"I love it, really",positive\nawful,0\n'
    (tmp_path / "my-comments.csv").write_text(rows)
    name, *arguments = shlex.split(command)
    ran = subprocess.run(
        [BIN / name, *arguments],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


@pytest.mark.usefixtures("dynamodb_url")
def test_the_table_is_made() -> None:
    [command] = [each for each in COMMANDS if "--create-table" in each]
    shell = command.replace(".venv/bin/python", shlex.quote(sys.executable))
    made = subprocess.run(
        ["/bin/sh", "-c", shell], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("table comments: ")


@pytest.fixture
def comment_id(gateway_url: str) -> str:
    """The id of a comment that is stored."""
    answer = httpx.post(f"{gateway_url}/comments", json={"comment": COMMENT})
    return str(answer.json()["comment_id"])


needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="no curl")


def curl(command: str, gateway_url: str, bento_url: str, comment_id: str) -> str:
    """What the documentation's command prints, on the servers of this test."""
    for old, new in (
        ("http://127.0.0.1:8000", gateway_url),
        ("http://127.0.0.1:3000", bento_url),
        (SAMPLE_ID, comment_id),
        ("curl ", "curl --fail --silent --show-error "),
    ):
        command = command.replace(old, new)
    command = command.partition(" > ")[0]
    ran = subprocess.run(shlex.split(command), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@needs_curl
@pytest.mark.parametrize("command", CURL)
def test_curl_examples_work(
    command: str, gateway_url: str, bento_url: str, comment_id: str
) -> None:
    printed = curl(command, gateway_url, bento_url, comment_id)
    if "format=csv" in command:
        assert printed.startswith("comment_id,")
    else:
        assert json.loads(printed) if "DELETE" not in command else printed == ""


@needs_curl
def test_the_example_answer_is_like_the_real_one(
    gateway_url: str, bento_url: str, comment_id: str
) -> None:
    text = (ROOT / "README.md").read_text()
    shown = re.search(r"^\$ (curl -X POST .*)\n(\{(?:.*\n)*?.*\})$", text, re.MULTILINE)
    assert shown
    real = json.loads(curl(shown[1], gateway_url, bento_url, comment_id))
    example = json.loads(shown[2])
    assert list(example) == list(real)
    for name in ("original_comment", "sentiment", "confidence"):
        assert example[name] == real[name]
