"""Runs `python -m k8s.doctor` as its users do, and reads its JSON."""

from __future__ import annotations

import json
import os
import subprocess
from typing import NamedTuple

from processes import module

# What would change the report on the machine of whoever runs the tests.
_HIDDEN = ("AWS_", "DYNAMODB_", "KUBECONFIG")


class Line(NamedTuple):
    """A check of the report."""

    status: str
    found: str
    advice: str


class Report:
    """What a run printed."""

    def __init__(self, ran: subprocess.CompletedProcess[str]) -> None:
        self.exit_code = ran.returncode
        self.output = ran.stdout
        self.errors = ran.stderr
        assert "Traceback" not in ran.stderr
        document = json.loads(ran.stdout)
        self.seconds: float = document["seconds"]
        self.lines = {
            (each["topic"], each["check"]): Line(each["status"], each["found"], each["advice"])
            for each in document["checks"]
        }
        assert document["ok"] is (self.exit_code == 0) is (not self.failed)
        assert all(self.lines[name].advice for name in self.failed)

    def __getitem__(self, name: tuple[str, str]) -> Line:
        return self.lines[name]

    @property
    def failed(self) -> set[tuple[str, str]]:
        return set(self.with_status("failed"))

    def with_status(self, status: str) -> dict[tuple[str, str], str]:
        """What the checks of a status found."""
        return {name: line.found for name, line in self.lines.items() if line.status == status}


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it, with its table for people."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_HIDDEN)}
    return subprocess.run(
        module("k8s.doctor", *map(str, arguments)),
        env={**inherited, "AWS_EC2_METADATA_DISABLED": "true", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def check(*arguments: object, **environment: str) -> Report:
    """Run it, with JSON."""
    return Report(run(*arguments, "--json", **environment))


def fails(*arguments: object) -> str:
    """The single line of a run that could not begin."""
    ran = run(*arguments)
    assert ran.returncode == 1
    assert ran.stdout == ""
    [line] = ran.stderr.splitlines()
    return line
