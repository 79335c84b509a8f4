"""What a mistake in `k8s/images.sh` would break: what is built, from what, and in which shells."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.k8s.rendering import ROOT
from tests.k8s.shells import Machine, bashes

SCRIPT = ROOT / "k8s/images.sh"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A docker that builds nothing, but writes the list of packages that the SBOM is made of."""
    made = Machine(tmp_path)
    made.program(
        "docker",
        'for each; do case $each in *dest=*) folder=${each##*dest=}; mkdir -p "$folder"'
        ' && echo "granian==2.8.0" >"$folder/packages.txt" ;; esac; done',
    )
    return made


@pytest.mark.parametrize("bash", bashes())
@pytest.mark.parametrize(
    "base", [{}, {"BUILD": "build@sha256:1", "BASE": "base@sha256:2"}], ids=str
)
def test_an_image_and_its_sbom_are_built(
    machine: Machine, bash: str, base: dict[str, str], tmp_path: Path
) -> None:
    settings = {"PARTS": "gateway", "TAG": "7", "OUT": str(tmp_path), "BUILD_FLAGS": "--x=1 --y"}
    done = machine.run(bash, SCRIPT, **settings, **base)
    assert done.returncode == 0, done.stderr
    image, contents = [call for call in machine.calls() if call.startswith("docker build")]
    assert "--tag valence-gateway:7" in image
    assert "--target contents" in contents
    for call in (image, contents):
        assert call.startswith("docker build --x=1 --y --file gateway/Dockerfile")
        arguments = re.findall(r"--build-arg (\S+)", call)
        assert arguments == [f"{name}={value}" for name, value in base.items()]
    bill = json.loads((tmp_path / "valence-gateway-7.cdx.json").read_text())
    assert [item["name"] for item in bill["components"]] == ["granian"]


def test_all_bases_are_of_one_debian_and_one_python() -> None:
    suite = re.findall(r"SUITE=(\w+)", SCRIPT.read_text())
    assert suite == ["trixie"], "python3 of another suite is another version"
    for part in ("gateway", "bento", "loadtest"):
        text = (ROOT / part / "Dockerfile").read_text()
        assert "\nARG BUILD=python:3.13-slim-trixie\n" in text
        assert "\nARG BASE=gcr.io/distroless/python3-debian13:latest\n" in text


def test_no_sbom_needs_no_second_build(machine: Machine, tmp_path: Path) -> None:
    settings = {"PARTS": "gateway", "OUT": str(tmp_path), "SBOM": "no"}
    assert machine.run("bash", SCRIPT, **settings).returncode == 0
    builds = [call for call in machine.calls() if call.startswith("docker build")]
    assert len(builds) == 1
    assert not [*tmp_path.glob("*.cdx.json")]


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
