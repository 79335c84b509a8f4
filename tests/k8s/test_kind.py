"""`k8s/kind.sh` deploys what has changed, and takes from the network only what it pins."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.k8s.rendering import KUBECTL, ROOT
from tests.k8s.shells import Machine, bashes

SCRIPT = ROOT / "k8s/kind.sh"

each_bash = pytest.mark.parametrize("bash", bashes())


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Docker, kind and kubectl, of which kubectl renders; the images' ids are in files."""
    made = Machine(tmp_path)
    shutil.copytree(ROOT / "k8s", tmp_path / "k8s")
    build = f'#!/bin/sh\necho "images $BUILDX_NO_DEFAULT_ATTESTATIONS" >>{made.log}\n'
    (tmp_path / "k8s/images.sh").write_text(build)
    made.program("kind", '[ "$1" != get ] || echo valence')
    made.program("curl")
    made.program("git", 'mkdir -p "$3"; true')
    made.program(
        "docker",
        f'case $* in "image inspect"*) cat "{tmp_path}/$(echo "$5" | cut -d: -f1)" ;; esac',
    )
    made.program(
        "kubectl",
        f'case $* in kustomize*) exec {KUBECTL} "$@" ;;'
        f' *"apply -f"*) cat "$5" >{tmp_path}/applied.yaml ;; esac',
    )
    return made


def images(machine: Machine) -> set[str]:
    """Our images in the manifests that were applied."""
    objects: list[Any] = [*yaml.safe_load_all((machine.folder / "applied.yaml").read_text())]
    pods = [
        item["spec"]["template"]["spec"] for item in objects if "template" in item.get("spec", {})
    ]
    containers = [
        each for pod in pods for each in pod["containers"] + pod.get("initContainers", [])
    ]
    return {each["image"] for each in containers if each["image"].startswith("valence-")}


def deploy(machine: Machine, bash: str, gateway: str, bento: str) -> set[str]:
    for part, identity in (("gateway", gateway), ("bento", bento)):
        (machine.folder / f"valence-{part}").write_text(f"sha256:{identity * 64}\n")
    done = machine.run(bash, machine.folder / "k8s/kind.sh")
    assert done.returncode == 0, done.stderr
    return images(machine)


@each_bash
def test_changed_code_is_another_image_and_the_rest_stays(machine: Machine, bash: str) -> None:
    first = deploy(machine, bash, gateway="a", bento="b")
    assert first == {f"valence-gateway:{'a' * 12}", f"valence-bento:{'b' * 12}"}
    assert deploy(machine, bash, gateway="a", bento="b") == first
    second = deploy(machine, bash, gateway="c", bento="b")
    assert second == {f"valence-gateway:{'c' * 12}", f"valence-bento:{'b' * 12}"}
    loaded = {call.rpartition(" ")[2] for call in machine.calls() if call.startswith("kind load")}
    assert loaded == first | second


@each_bash
def test_an_image_s_id_does_not_depend_on_the_time(machine: Machine, bash: str) -> None:
    """https://github.com/moby/moby/issues/48391"""
    deploy(machine, bash, gateway="a", bento="b")
    assert "images 1" in machine.calls()


@each_bash
def test_without_docker_the_message_says_so(machine: Machine, bash: str) -> None:
    machine.program("docker", "exit 1")
    done = machine.run(bash, machine.folder / "k8s/kind.sh")
    assert (done.returncode, done.stderr) == (1, "make kind needs a running docker.\n")


def test_downloads_are_pinned_by_their_content() -> None:
    script = SCRIPT.read_text()
    code = [line for line in script.splitlines() if not line.startswith("#")]
    downloads = [line for line in code if "https://" in line]
    assert downloads
    for line in downloads:
        [name] = re.findall(r'^\s*git .* fetch .* "\$(\w+)"$', line)
        assert re.search(rf"^{name}=[0-9a-f]{{40}}$", script, re.MULTILINE)
