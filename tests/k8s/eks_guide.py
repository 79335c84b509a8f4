"""EKS.md's commands, as a reader pastes them, and values for them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from tests.documentation import Document
from tests.k8s.rendering import ROOT

GUIDE = Document(ROOT / "k8s/EKS.md")
README = Document(ROOT / "k8s/README.md")
# What README.md says about AWS.
TOKENS = README.text.partition("\n## Tokens from AWS")[2].partition("\n## ")[0]
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
    "MINE": "k8s/overlays/mine",
    "CONTEXT": "valence-444455556666-eu-west-1",
    "VPC": "vpc-1",
    "CERTIFICATE": "arn:aws:acm:eu-west-1:444455556666:certificate/1234",
}


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


def typed(text: str) -> list[str]:
    """What a reader pastes, with comments at the ends of lines and here-documents."""
    blocks = re.findall(r"^```console\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    commands = r"(?m)^\$ (cat <<END(?:.*\n)+?END$|(?:.*\\\n)*.*)"
    return [each for block in blocks for each in re.findall(commands, block)]


def copy_manifests(folder: Path) -> None:
    """Put `k8s/` into a folder, with an empty one for the reader's overlay."""
    shutil.copytree(ROOT / "k8s", folder / "k8s", ignore=shutil.ignore_patterns("mine*"))
    (folder / "k8s/overlays/mine").mkdir()


COMMANDS = [*typed(GUIDE.text), *typed(TOKENS)]
