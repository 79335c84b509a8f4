"""What a part of k8s/MODELS.md tells people to do, done on the cluster under test."""

from __future__ import annotations

import re
import shlex

import yaml

from tests.cluster.cluster import kubectl
from tests.documentation import ROOT, Document
from tests.k8s.rendering import Object

GUIDE = Document(ROOT / "k8s/MODELS.md")
MINE = "k8s/overlays/mine"
"""What an overlay of one's own is called there."""


def section(heading: str) -> str:
    """The text below a heading, up to the next one of any depth."""
    # Comments in commands have one #.
    found = re.search(rf"(?ms)^##+ {re.escape(heading)}$\n(.*?)(?=^##+ |\Z)", GUIDE.text)
    assert found, heading
    return found[1]


def follow(heading: str, overlay: str) -> None:
    """Run kubectl as the commands below a heading say, with another overlay than MINE.

    Raises:
        AssertionError: one fails.
    """
    commands = re.findall(r"(?m)^\$ (.*)$", section(heading))
    assert commands, heading
    for command in commands:
        program, *arguments = shlex.split(command.replace(MINE, overlay), comments=True)
        assert program == "kubectl", command
        kubectl(*arguments)


def overlay(heading: str) -> Object:
    """The overlay that is shown below a heading."""
    found = re.search(r"(?ms)^```yaml\n(.*?)^```$", section(heading))
    assert found, heading
    shown: Object = yaml.safe_load(found[1])
    return shown


def patches(heading: str) -> list[Object]:
    """Those of the last overlay that is shown below a heading."""
    shown = re.findall(r"(?ms)^```yaml\n(.*?)^```$", section(heading))
    found: list[Object] = yaml.safe_load(shown[-1])["patches"]
    return found
