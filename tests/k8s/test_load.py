"""`k8s/load.sh` brings an image to where its name says, with whichever builder works."""

from __future__ import annotations

import re

import pytest

from tests.k8s.rendering import ROOT
from tests.k8s.shells import Machine, bashes

SCRIPT = ROOT / "k8s/load.sh"
BUILT = "valence-bento:model-1"

each_bash = pytest.mark.parametrize("bash", bashes())


@pytest.fixture
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    machine = Machine(tmp_path_factory.mktemp("machine"))
    for program in ("ctr", "docker", "kind"):
        machine.program(program)
    return machine


def load(machine: Machine, bash: str, image: str, **settings: str) -> list[str]:
    """The calls, in which the archive has another name each time."""
    done = machine.run(bash, SCRIPT, BUILT, image, **settings)
    assert done.returncode == 0, done.stderr
    return [
        re.sub(r"\S+/image\.tar", "FILE", call) for call in machine.calls() if call != "docker info"
    ]


@each_bash
def test_a_registry_gets_it(machine: Machine, bash: str) -> None:
    image = "registry.tld:5000/valence/bento:model-1"
    assert load(machine, bash, image) == [f"docker tag {BUILT} {image}", f"docker push {image}"]


@each_bash
def test_a_kind_cluster_gets_it(machine: Machine, bash: str) -> None:
    # It has its name already.
    calls = load(machine, bash, BUILT, KIND="valence")
    assert calls == [f"kind load docker-image --name valence {BUILT}"]


@each_bash
@pytest.mark.parametrize("builder", ["docker", "podman", "buildah"])
def test_this_node_gets_it(machine: Machine, bash: str, builder: str) -> None:
    if builder != "docker":
        (machine.bin / "docker").unlink()
        machine.program(builder)
    image = f"localhost/{BUILT}"
    tag, save, bring = load(machine, bash, image)
    assert tag == f"{builder} tag {BUILT} {image}"
    if builder == "buildah":
        assert save == f"buildah push {image} FILE:{image}"
    else:
        assert save == f"{builder} save --output FILE {image}"
    assert bring == "ctr -n k8s.io images import --digests=false FILE"


@each_bash
def test_a_command_of_ones_own_brings_it(machine: Machine, bash: str) -> None:
    calls = load(machine, bash, "registry.tld/bento:1", LOAD='ctr mine "$BUILDER" "$IMAGE"')
    assert calls[1:] == ["ctr mine docker registry.tld/bento:1"]


@each_bash
def test_an_image_of_nowhere_is_refused(machine: Machine, bash: str) -> None:
    done = machine.run(bash, SCRIPT, BUILT, BUILT)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "LOAD='command' must say how it gets to the cluster" in line


@each_bash
def test_without_a_builder_the_message_says_so(machine: Machine, bash: str) -> None:
    (machine.bin / "docker").unlink()
    done = machine.run(bash, SCRIPT, BUILT, "localhost/it:1")
    assert (done.returncode, done.stderr) == (1, "Images need docker, podman or buildah.\n")
