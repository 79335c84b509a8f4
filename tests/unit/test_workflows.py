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


def test_only_a_release_and_codeql_may_write() -> None:
    writing = {
        (file.stem, name): [
            scope for scope, grant in job["permissions"].items() if grant == "write"
        ]
        for file in FILES
        for name, job in read(file)["jobs"].items()
        if "permissions" in job
    }
    assert writing == {
        ("codeql", "analyse"): ["security-events"],
        ("release", "images"): ["packages", "id-token"],
        ("release", "release"): ["contents"],
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_make_targets_exist(file: Path) -> None:
    for target in re.findall(r"\bmake ([a-z-]+)", file.read_text()):
        made = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True)
        assert made.returncode == 0, target


def test_what_may_sign_or_push_runs_no_packages_of_others() -> None:
    """Whoever gets code into a package would otherwise sign as this repository."""
    jobs = read(WORKFLOWS / "release.yaml")["jobs"]
    for name in ("images", "release"):
        assert "write" in jobs[name]["permissions"].values()
        used = [step.get("uses", "") for step in jobs[name]["steps"]]
        assert not [each for each in used if each.startswith("./") or "setup-python" in each]
        scripts = "".join(step.get("run", "") for step in jobs[name]["steps"])
        assert not re.search(r"\bmake\b|\.venv|\bpip\b|\bpython", scripts)
    assert "permissions" not in jobs["bento"], "it trains the model, with all packages"
    assert {*jobs["images"]["needs"]} == {"test", "bento"}


def run_step(
    workflow: str, job: str, step: str, folder: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs a step's script in a folder; programs in its `bin` stand in for those of a runner."""
    steps = read(WORKFLOWS / f"{workflow}.yaml")["jobs"][job]["steps"]
    [script] = [each["run"] for each in steps if step in (each.get("id"), each.get("name"))]
    environment |= {"PATH": f"{folder / 'bin'}:/usr/bin:/bin"}
    command = ["bash", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def program(folder: Path, name: str, script: str) -> None:
    file = folder / "bin" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def release_notes(tag: str, folder: Path) -> subprocess.CompletedProcess[str]:
    for name in ("pyproject.toml", "CHANGELOG.md"):
        shutil.copy(ROOT / name, folder)
    step = "The version is the package's, and the changelog has a section for it"
    return run_step("release", "notes", step, folder, GITHUB_REF_NAME=tag)


def test_release_notes_are_the_versions_section(tmp_path: Path) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert release_notes(f"v{version}", tmp_path).returncode == 0
    notes = (tmp_path / "notes.md").read_text()
    assert notes.strip() in (ROOT / "CHANGELOG.md").read_text()
    assert "### " in notes
    assert not re.search("^## ", notes, re.MULTILINE)


def test_a_tag_that_is_not_the_version_is_refused(tmp_path: Path) -> None:
    assert release_notes("v99.0.0", tmp_path).returncode != 0


def test_images_of_a_release_have_bases_by_digest(tmp_path: Path) -> None:
    arguments = re.compile(r"^ARG (?:BUILD|BASE)=.*$", re.MULTILINE)
    files = [ROOT / part / "Dockerfile" for part in ("gateway", "bento", "loadtest")]
    [bases] = {tuple(arguments.findall(file.read_text())) for file in files}
    (tmp_path / "gateway").mkdir()
    shutil.copy(ROOT / "gateway/Dockerfile", tmp_path / "gateway")
    digest = f"sha256:{'0a' * 32}"
    program(tmp_path, "docker", f"echo {digest}")
    output = tmp_path / "output"
    assert (
        run_step("release", "images", "bases", tmp_path, GITHUB_OUTPUT=str(output)).returncode == 0
    )
    resolved = [f"{base.removeprefix('ARG ')}@{digest}" for base in bases]
    assert output.read_text().splitlines() == resolved
    builds = [
        step["with"]
        for step in read(WORKFLOWS / "release.yaml")["jobs"]["images"]["steps"]
        if step.get("uses", "").startswith("docker/build-push-action@")
    ]
    wanted = [f"{name}=${{{{ steps.bases.outputs.{name} }}}}" for name in ("BUILD", "BASE")]
    assert [build["build-args"].split("\n")[:2] for build in builds] == [wanted, wanted]

    program(tmp_path, "docker", "echo not found")
    assert (
        run_step("release", "images", "bases", tmp_path, GITHUB_OUTPUT=str(output)).returncode != 0
    )


def copy_to_ecr(folder: Path, digest: str) -> subprocess.CompletedProcess[str]:
    """Run the step; the registry has images of this digest afterwards."""
    log = folder / "log"
    program(
        folder,
        "docker",
        f'echo "docker $*" >> {log}; case $* in *inspect*) echo {digest} ;; esac',
    )
    program(folder, "cosign", f'echo "cosign $*" >> {log}')
    digests = {"GATEWAY": f"sha256:{'0a' * 32}", "BENTO": f"sha256:{'0b' * 32}"}
    names = {"PREFIX": "images.example/someone/valence", "VERSION": "1.2.3", "REGISTRY": "ecr.test"}
    return run_step("release", "images", "copy", folder, **digests, **names)


def test_the_cluster_s_nodes_have_the_tags_that_its_tests_use(tmp_path: Path) -> None:
    log = tmp_path / "log"
    program(tmp_path, "docker", "true")
    program(tmp_path, "kind", f'echo "$*" >> {log}')
    step = "Load the tags that the tests use"
    assert run_step("cluster", "kind", step, tmp_path).returncode == 0
    loaded = set(re.findall(r"valence-[a-z]+:\S+", log.read_text()))
    overlay = yaml.safe_load((ROOT / "k8s/overlays/kind/kustomization.yaml").read_text())
    applied = {
        f"{image['name']}:{image['newTag']}"
        for image in overlay["images"]
        if image["name"].startswith("valence-")
    }
    text = (WORKFLOWS / "cluster.yaml").read_text()
    [other] = re.findall(r"OTHER_TAG=(\S+)", text)
    rolled_out = {f"{image.partition(':')[0]}:{other}" for image in applied}
    assert len(applied) == 2
    assert loaded == applied | rolled_out


def test_ecr_gets_the_same_images_and_they_are_signed_there(tmp_path: Path) -> None:
    gateway = f"sha256:{'0a' * 32}"
    done = copy_to_ecr(tmp_path, gateway)
    assert done.returncode != 0, "the second image's digest is another one"
    created, _, signed, *second = (tmp_path / "log").read_text().splitlines()
    source, target = f"images.example/someone/valence/gateway@{gateway}", "ecr.test/valence/gateway"
    assert created.endswith(f"--prefer-index=false --tag {target}:1.2.3 {source}")
    assert signed == f"cosign sign --yes {target}@{gateway}"
    assert not any("cosign" in call for call in second), "what is not the same is not signed"


def test_images_are_for_both_architectures_and_nothing_is_emulated() -> None:
    steps = read(WORKFLOWS / "release.yaml")["jobs"]["images"]["steps"]
    built = [step["with"]["platforms"] for step in steps if "platforms" in step.get("with", {})]
    assert built == ["linux/amd64,linux/arm64"] * 2
    assert not [step for step in steps if "qemu" in step.get("uses", "")]
    for part in ("gateway", "bento", "loadtest"):
        *_, last = re.split(r"(?m)^FROM ", (ROOT / part / "Dockerfile").read_text())
        assert "RUN " not in last, "the last stage would run on the image's architecture"


def test_every_image_is_scanned() -> None:
    steps = read(WORKFLOWS / "images.yaml")["jobs"]["scan"]["steps"]
    scans = [step["with"] for step in steps if "scan-action" in step.get("uses", "")]
    parts = sorted(file.parent.name for file in ROOT.glob("*/Dockerfile"))
    assert sorted(scan["image"] for scan in scans) == [f"valence-{part}:scan" for part in parts]
    for scan in scans:
        assert (scan["only-fixed"], scan["severity-cutoff"]) == ("true", "high")
        assert "fail-build" not in scan, "its default is to fail"


@pytest.mark.parametrize(("found", "fails"), [("", False), ("gateway/", True), ("peers/", False)])
def test_every_lock_file_is_audited(found: str, fails: bool, tmp_path: Path) -> None:
    """pip-audit finds something in the file whose path has `found` in it."""
    files = subprocess.run(
        ["git", "ls-files", "*requirements.txt"], cwd=ROOT, capture_output=True, text=True
    ).stdout
    program(tmp_path, "git", f'exec {shutil.which("git")} -C {ROOT} "$@"')
    log = tmp_path / "log"
    refuse = f"case $* in *{found}*) exit 1 ;; esac" if found else ""
    program(tmp_path, "pip-audit", f'echo "$*" >> {log}\n{refuse}')
    assert (run_step("audit", "pip-audit", "audit", tmp_path).returncode != 0) == fails
    runs = [line.rpartition(" ")[::2] for line in log.read_text().splitlines()]
    assert [file for _, file in runs] == files.splitlines()
    for options, file in runs:
        assert "--strict" in options
        assert ("--require-hashes" in options) == ("--hash=" in (ROOT / file).read_text())


def test_actionlint_sees_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(
        "on: push\njobs:\n  one:\n    needs: two\n    runs-on: ubuntu-24.04\n"
        "    steps: [{run: make}]\n"
    )
    [problem] = actionlint.check([file])
    assert problem.line == 3
    assert '"two" which does not exist' in problem.message
