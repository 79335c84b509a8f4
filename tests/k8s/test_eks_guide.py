"""EKS.md's commands stop where a value is missing, and an update changes the tags alone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from k8s import overlay
from tests.documentation import Document
from tests.k8s.rendering import ROOT
from tests.k8s.shells import bashes

GUIDE = Document(ROOT / "k8s/EKS.md")
# Set by the shell, by a loop or by the line before.
OWN = {"id", "part"}
VALUES = {
    "AWS_REGION": "eu-west-1",
    "ACCOUNT": "444455556666",
    "DOMAIN": "comments.valence.test",
    "ZONES": "eu-west-1a, eu-west-1b, eu-west-1c",
    "INSTANCE_TYPE": "c8g.large",
    "PLATFORM": "linux/arm64",
    "ADMIN_CIDR": "198.51.100.7/32",
    "TAG": "1.2.3",
    "REGISTRY": "444455556666.dkr.ecr.eu-west-1.amazonaws.com",
    "CERTIFICATE": "arn:aws:acm:eu-west-1:444455556666:certificate/1234",
}

each_bash = pytest.mark.parametrize("bash", bashes())


def command(beginning: str) -> str:
    """The guide's command that begins so, with its continued lines or its here-document."""
    text = GUIDE.text
    start = text.index(f"$ {beginning}") + 2
    if "<<END" in text[start : text.index("\n", start)]:
        return text[start : text.index("\nEND\n", start) + 4]
    match = re.compile(r"(?:.*\\\n)*.*").match(text, start)
    assert match
    return match[0]


def shell(
    bash: str, script: str, folder: Path, values: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", **values}
    return subprocess.run(
        [bash, "-c", script], cwd=folder, env=environment, capture_output=True, text=True
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "k8s", tmp_path / "k8s", ignore=shutil.ignore_patterns("mine*"))
    (tmp_path / "k8s/overlays/mine").mkdir()
    return tmp_path


def test_no_command_runs_without_the_values_that_it_needs() -> None:
    for each in GUIDE.commands:
        text = each + (command("cat <<END") if each.startswith("cat <<END") else "")
        assert {*re.findall(r"\$(\w+)", text)} <= OWN, each
    named = set(re.findall(r"\$\{(\w+):\?\}", GUIDE.text))
    example = (ROOT / "k8s/aws/example.env").read_text()
    given = set(re.findall(r"(\w+)=", re.sub("(?m)^#.*", "", example)))
    made = set(re.findall(r"^\$ (\w+)=\$\(", GUIDE.text, re.MULTILINE))
    assert named <= given | made
    assert given <= named, "a value that no command needs"


def test_the_example_has_a_line_for_each_value_and_nothing_of_yours() -> None:
    example = (ROOT / "k8s/aws/example.env").read_text()
    sourced = shell("bash", f"{example}\nset", ROOT, {}).stdout
    assert "REGISTRY=111122223333.dkr.ecr.eu-central-1.amazonaws.com" in sourced
    ignored = subprocess.run(["git", "check-ignore", "k8s/mine.env", "tokens"], cwd=ROOT)
    assert ignored.returncode == 0


@each_bash
@pytest.mark.parametrize("missing", ["REGISTRY", "TAG", "CERTIFICATE", "AWS_REGION"])
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
    assert shell(bash, update, folder, {"TAG": "1.2.4"}).returncode == 0
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
    for document in (GUIDE, Document(ROOT / "k8s/README.md"))
    for each in document.commands
    if re.match(r"helm (upgrade --install|install) ", each)
]


@pytest.mark.parametrize("install", CHARTS, ids=lambda text: re.findall(r"install (\S+)", text)[-1])
def test_a_chart_is_pinned_and_knows_the_values(install: str, tmp_path: Path) -> None:
    """`HELM=1` renders it: this takes helm, and the network."""
    assert re.search(r"--version \d+\.\d+\.\d+ ", install)
    if os.environ.get("HELM"):
        template = re.sub(r"^helm (upgrade --install|install)", "helm template", install)
        done = shell("bash", template.replace("--wait", ""), tmp_path, VALUES | {"VPC": "vpc-1"})
        assert done.returncode == 0, done.stderr
        assert "kind: Deployment" in done.stdout
