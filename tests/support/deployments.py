"""Runs `python -m k8s.deploy` in a process of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from bento.model import artifact as artifacts
from processes import module
from training import tune

ROOT = Path(__file__).parents[2]
ARTIFACT = ROOT / "bento/artifact"


def tuned(folder: Path, bias: float) -> str:
    """Write another artifact than the trained one into a folder; returns its digest."""
    return artifacts.save(tune.tune(artifacts.load(ARTIFACT), bias).artifact, folder)


def start(
    command: str, where: Mapping[str, object], *arguments: object, stderr: int = subprocess.PIPE
) -> subprocess.Popen[str]:
    """Start a command.

    Args:
        command: `model` or `rollback`.
        where: options without their dashes, and their values.
        arguments: further ones.
        stderr: where its errors go, as in `subprocess`.
    """
    options = [f"--{name}={value}" for name, value in where.items()]
    return subprocess.Popen(
        module("k8s.deploy", command, *options, *map(str, arguments)),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )


def until_step(child: subprocess.Popen[str], text: str) -> None:
    """Wait until a run has printed a line that begins so."""
    assert child.stdout
    printed = []
    for line in child.stdout:
        printed.append(line)
        if line.startswith(text):
            return
    pytest.fail(f"it ended before {text!r}:\n{''.join(printed)}")
