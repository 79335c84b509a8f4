"""The GitHub workflows: pinned actions, least permissions, release notes, and actionlint itself."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import actionlint
from tests.actionlint import ROOT, WORKFLOWS

FILES = sorted(WORKFLOWS.glob("*.y*ml"))
ACTIONS = sorted((ROOT / ".github/actions").glob("*/action.y*ml"))
USES = re.compile(r"^\s*(?:- )?uses:\s*(.*)$", re.MULTILINE)
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\./[\w./-]+")


def read(file: Path) -> dict[str, Any]:
    # BaseLoader, because YAML 1.1 takes the key `on` for a boolean.
    content: dict[str, Any] = yaml.load(file.read_text(), Loader=yaml.BaseLoader)  # noqa: S506
    return content


@pytest.mark.parametrize("file", [*FILES, *ACTIONS], ids=lambda file: str(file.relative_to(ROOT)))
def test_actions_are_pinned_by_commit(file: Path) -> None:
    used = USES.findall(file.read_text())
    assert [each for each in used if not PINNED.fullmatch(each)] == []


def test_each_action_has_one_version() -> None:
    used = {each for file in (*FILES, *ACTIONS) for each in USES.findall(file.read_text())}
    names = [each.partition("@")[0] for each in used]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_workflow_may_only_read_and_a_job_ends_in_time(file: Path) -> None:
    workflow = read(file)
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow["concurrency"]["group"]
    for job in workflow["jobs"].values():
        assert "uses" in job or int(job["timeout-minutes"]) <= 180


def test_only_a_release_may_write() -> None:
    writing = {
        (file.stem, name): [
            scope for scope, grant in job["permissions"].items() if grant == "write"
        ]
        for file in FILES
        for name, job in read(file)["jobs"].items()
        if "permissions" in job
    }
    assert writing == {("release", "images"): ["packages"], ("release", "release"): ["contents"]}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_make_targets_exist(file: Path) -> None:
    for target in re.findall(r"\bmake ([a-z-]+)", file.read_text()):
        made = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True)
        assert made.returncode == 0, target


def release_notes(tag: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs the step that writes them, in a folder with the files it reads."""
    steps = read(WORKFLOWS / "release.yaml")["jobs"]["notes"]["steps"]
    [script] = [step["run"] for step in steps if "run" in step]
    for name in ("pyproject.toml", "CHANGELOG.md"):
        shutil.copy(ROOT / name, folder)
    environment = {"GITHUB_REF_NAME": tag, "PATH": "/usr/bin:/bin"}
    command = ["bash", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_release_notes_are_the_versions_section(tmp_path: Path) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert release_notes(f"v{version}", tmp_path).returncode == 0
    notes = (tmp_path / "notes.md").read_text()
    assert notes.strip() in (ROOT / "CHANGELOG.md").read_text()
    assert "### " in notes
    assert not re.search("^## ", notes, re.MULTILINE)


def test_a_tag_that_is_not_the_version_is_refused(tmp_path: Path) -> None:
    assert release_notes("v99.0.0", tmp_path).returncode != 0


def test_actionlint_sees_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(
        "on: push\njobs:\n  one:\n    needs: two\n    runs-on: ubuntu-24.04\n"
        "    steps: [{run: make}]\n"
    )
    [problem] = actionlint.check([file])
    assert problem.line == 3
    assert '"two" which does not exist' in problem.message
