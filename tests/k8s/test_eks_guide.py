"""EKS.md's commands stop where a value is missing, and an update changes the tags alone."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from k8s import overlay
from tests.k8s.eks_guide import GUIDE, README, VALUES, command, copy_manifests, shell
from tests.k8s.rendering import ROOT
from tests.k8s.shells import bashes

# Set by a loop.
OWN = {"id", "part", "stack", "table"}

each_bash = pytest.mark.parametrize("bash", bashes())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy_manifests(tmp_path)
    return tmp_path


def test_no_command_runs_without_the_values_that_it_needs() -> None:
    for each in GUIDE.commands:
        text = each + (command("cat <<END") if each.startswith("cat <<END") else "")
        assert {*re.findall(r"\$(\w+)", text)} <= OWN, each
    named = set(re.findall(r"\$\{(\w+):\?\}", GUIDE.text))
    example = (ROOT / "k8s/aws/example.env").read_text()
    given = set(re.findall(r"(?<=[ ])(\w+)=", re.sub("(?m)^#.*", "", example)))
    made = set(re.findall(r"^\$ (\w+)=\$\(", GUIDE.text, re.MULTILINE))
    assert named <= given | made
    assert given <= named, "a value that no command needs"


def test_git_ignores_the_values_and_the_tokens() -> None:
    ignored = subprocess.run(["git", "check-ignore", "k8s/mine.env", "tokens"], cwd=ROOT)
    assert ignored.returncode == 0


@each_bash
@pytest.mark.parametrize("missing", ["REGISTRY", "TAG", "CERTIFICATE", "AWS_REGION", "MINE"])
def test_the_overlay_is_not_touched_without_a_value(bash: str, missing: str, folder: Path) -> None:
    file = folder / "k8s/overlays/mine/kustomization.yaml"
    file.write_text("before\n")
    values = {name: value for name, value in VALUES.items() if name != missing}
    done = shell(bash, command("cat <<END"), folder, values)
    assert done.returncode != 0
    assert missing in done.stderr
    assert file.read_text() == "before\n"


@each_bash
def test_an_update_changes_the_tags_alone(bash: str, folder: Path) -> None:
    mine = folder / "k8s/overlays/mine"
    done = shell(bash, command("cat <<END"), folder, VALUES)
    assert done.returncode == 0, done.stderr
    first = overlay.render(mine)
    assert [*overlay.problems(first)] == []
    update = command('sed -i.old "s/newTag')
    assert shell(bash, update, folder, {}).returncode != 0
    assert overlay.render(mine) == first
    assert shell(bash, update, folder, VALUES | {"TAG": "1.2.4"}).returncode == 0
    second = overlay.render(mine)
    assert second != first
    assert repr(second).replace(":1.2.4'", ":1.2.3'") == repr(first)


@each_bash
def test_the_cluster_s_file_has_every_value(bash: str, folder: Path) -> None:
    done = shell(bash, command('sed "s/111122223333'), folder, VALUES)
    assert done.returncode == 0, done.stderr
    text = (folder / "k8s/overlays/mine/cluster.yaml").read_text()
    lines = [line for line in text.splitlines() if "#" not in line]
    assert not [line for line in lines if any(each in line for each in overlay.EXAMPLES)]
    assert "  region: eu-west-1\n" in text
    assert f"availabilityZones: [{VALUES['ZONES']}]\n" in text
    assert "    instanceType: c8g.large\n" in text
    assert "publicAccessCIDRs: [198.51.100.7/32]\n" in text


CHARTS = [
    each
    for document in (GUIDE, README)
    for each in document.commands
    if re.match(r"helm (upgrade --install|install) ", each)
]


@pytest.mark.parametrize("install", CHARTS, ids=lambda text: re.findall(r"install (\S+)", text)[-1])
def test_a_chart_is_pinned_and_knows_the_values(install: str, tmp_path: Path) -> None:
    """`HELM=1` renders it: this takes helm, and the network."""
    assert re.search(r"--version \d+\.\d+\.\d+ ", install)
    if os.environ.get("HELM"):
        template = re.sub(r"^helm (upgrade --install|install)", "helm template", install)
        template = template.replace("--kube-context ${CONTEXT:?}", "")
        done = shell("bash", template.replace("--wait", ""), tmp_path, VALUES)
        assert done.returncode == 0, done.stderr
        assert "kind: Deployment" in done.stdout
