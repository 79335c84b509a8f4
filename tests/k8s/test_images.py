"""What a mistake in `k8s/images.sh` would break: what is built, from what, and in which shells."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.k8s.rendering import ROOT
from tests.k8s.shells import Machine, bashes

SCRIPT = ROOT / "k8s/images.sh"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A docker that builds nothing, and a copy of the script in which cyclonedx-py writes nothing.

    tests/image has the real ones.
    """
    made = Machine(tmp_path)
    made.program("docker", "case $* in *dest=*) mkdir -p .data/images/contents ;; esac")
    for file in ("k8s/builder.sh", "k8s/images.sh", "gateway/Dockerfile"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    made.program("cyclonedx-py")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/bin").symlink_to(made.bin)
    return made


def built(machine: Machine, bash: str, **settings: str) -> list[str]:
    """The calls for the gateway's image."""
    done = machine.run(bash, machine.folder / "k8s/images.sh", PARTS="gateway", **settings)
    assert done.returncode == 0, done.stderr
    return [call for call in machine.calls() if call != "docker info"]


@pytest.mark.parametrize("bash", bashes())
@pytest.mark.parametrize(
    "base", [{}, {"BUILD": "build@sha256:1", "BASE": "base@sha256:2"}], ids=str
)
def test_an_image_and_its_sbom_are_built(machine: Machine, bash: str, base: dict[str, str]) -> None:
    image, contents, bill = built(machine, bash, TAG="7", BUILD_FLAGS="--x=1 --y", **base)
    assert "--tag valence-gateway:7" in image
    assert "--target contents" in contents
    for call in (image, contents):
        assert call.startswith("docker build --x=1 --y --file gateway/Dockerfile")
        arguments = re.findall(r"--build-arg (\S+)", call)
        assert arguments == [f"{name}={value}" for name, value in base.items()]
    assert "--output-file .data/images/valence-gateway-7.cdx.json " in bill


def test_without_an_sbom_there_is_one_build(machine: Machine) -> None:
    [image] = built(machine, "bash", SBOM="no")
    assert "--tag valence-gateway:dev" in image


def test_an_image_gets_the_model_of_another_folder(machine: Machine, tmp_path: Path) -> None:
    for folder, name in (("bento/artifact", "old"), ("candidate", "new")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "artifact.json").write_text(name)
    (tmp_path / "bento/Dockerfile").write_text("ARG BASE=it\n")
    exported = "case $1 in export) mkdir -p src && cp -r bento src && tar -cf $4 src ;; esac"
    machine.program("bentoml", exported)
    machine.program("docker", f"for last; do :; done; cp -r $last/src {tmp_path}/built; true")
    done = machine.run(
        "bash",
        tmp_path / "k8s/images.sh",
        PARTS="bento",
        SBOM="no",
        ARTIFACT=str(tmp_path / "candidate"),
    )
    assert done.returncode == 0, done.stderr
    [built] = [call for call in machine.calls() if call.startswith("docker build")]
    assert (tmp_path / "built/bento/artifact/artifact.json").read_text() == "new", built
    assert (tmp_path / "bento/artifact/artifact.json").read_text() == "old"


def test_all_bases_are_of_one_debian_and_one_python() -> None:
    suite = re.findall(r"SUITE=(\w+)", SCRIPT.read_text())
    assert suite == ["trixie"], "python3 of another suite is another version"
    for part in ("gateway", "bento", "loadtest"):
        text = (ROOT / part / "Dockerfile").read_text()
        assert "\nARG BUILD=python:3.13-slim-trixie\n" in text
        assert "\nARG BASE=gcr.io/distroless/python3-debian13:latest\n" in text


@pytest.mark.parametrize("script", sorted((ROOT / "k8s").glob("*.sh")), ids=lambda path: path.name)
def test_an_array_that_may_be_empty_is_guarded(script: Path) -> None:
    """With `set -u` an empty array is an unset variable to bash before 4.4."""
    code = script.read_text()
    guarded = re.sub(r'\$\{(\w+)\[@\]\+"\$\{\1\[@\]\}"\}', "", code)
    assert re.findall(r"\$\{\w+\[[@*]\]", guarded) == []
    newer = r"\bmapfile\b|\breadarray\b|declare -A|local -n|\$\{\w+(,,|\^\^|@)|\|&|wait -n|&>>"
    assert re.findall(newer, code) == [], "bash 3.2 does not have it"


def test_the_load_test_s_image_has_all_that_the_locust_file_imports(tmp_path: Path) -> None:
    function = re.search(
        r"^code_of_loadtest\(\) {.*?^}$", SCRIPT.read_text(), re.MULTILINE | re.DOTALL
    )
    assert function
    copy = f'set -eu\n{function[0]}\ncode_of_loadtest "$1"'
    subprocess.run(["bash", "-c", copy, "bash", str(tmp_path)], cwd=ROOT, check=True)
    # -E: PYTHONPATH may lead to the modules that are not copied.
    command = "import loadtest.locustfile; print(loadtest.locustfile.__file__)"
    done = subprocess.run(
        [sys.executable, "-E", "-c", command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()) == tmp_path / "loadtest/locustfile.py"
