"""The README says what the code does."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from bento.settings import Settings as BentoSettings
from gateway.settings import Settings as GatewaySettings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def settings_table() -> str:
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for settings in (GatewaySettings, BentoSettings):
        hints = msgspec.inspect.type_info(settings)
        assert isinstance(hints, msgspec.inspect.StructType)
        for field in hints.fields:
            assert isinstance(field.type, msgspec.inspect.Metadata)
            meaning = (field.type.extra_json_schema or {})["description"]
            default = str(field.default).removeprefix(f"{ROOT}/")
            shown = "" if field.default is None else f"`{default}`"
            rows.append(f"| `{field.encode_name}` | {shown} | {meaning} |")
    return "\n".join(rows)


def test_it_lists_every_setting() -> None:
    written = re.search(r"<!-- settings:.*? -->\n(.*?)\n?<!-- /settings -->", README, re.DOTALL)
    assert written
    assert written[1] == settings_table()


@pytest.mark.parametrize("command", sorted(set(re.findall(r"(?:\$ |`)make ([a-z-]+)", README))))
def test_its_make_targets_exist(command: str) -> None:
    assert subprocess.run(["make", "-n", command], cwd=ROOT, capture_output=True).returncode == 0


@pytest.mark.parametrize("link", re.findall(r"\]\((?!https?:)([^)]+)\)", README))
def test_its_links_lead_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


QUICK = [
    command
    for command in re.findall(r"^\$ \.venv/bin/(.+?)(?:\s{2,}#.*)?$", README, re.MULTILINE)
    if re.match(r"python -m training (predict|holdout)|python -m gateway --new-token", command)
]


@pytest.mark.parametrize("command", QUICK)
def test_its_quick_commands_work(command: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CACHE_DIR": str(ROOT / ".data/cache")}
    name, *arguments = shlex.split(command)
    ran = subprocess.run(
        [Path(sys.executable).parent / name, *arguments],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr


def test_it_has_quick_commands() -> None:
    assert len(QUICK) == 3


@pytest.mark.parametrize("source", ["tweets", "imdb", "rotten_tomatoes"])
def test_what_is_held_out_can_be_evaluated(source: str, tmp_path: Path) -> None:
    """Tweets hold carriage returns, quotes and commas."""
    environment = {**os.environ, "CACHE_DIR": str(ROOT / ".data/cache")}

    def training(*arguments: object) -> str:
        return subprocess.run(
            [sys.executable, "-m", "training", *map(str, arguments)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    file = tmp_path / "held-out.csv"
    written = training("holdout", "--source", source, "--output", file)
    measured = msgspec.json.decode(training("evaluate", file, "--json"))
    assert written.startswith(f"{measured['rows']} rows")
