"""Our scripts with stand-ins for the programs that they call, in the shells of a user's machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.k8s.rendering import ROOT

# The scripts' own tools, beside which only stand-ins are found.
_TOOLS = (
    *("bash", "cat", "chmod", "cp", "cut", "dirname", "git", "grep", "mkdir", "mktemp", "mv"),
    *("python3", "rm", "sed", "sh", "tar"),
)


def bashes() -> list[str]:
    """This machine's bash, and bash 3.2 where there is one: macOS has it, or BASH_3_2 names it."""
    found = ["/bin/bash", os.environ.get("BASH_3_2", "")]
    return [name for name in found if name and Path(name).exists()]


class Machine:
    """A folder of programs, of which those made by `program` write their arguments to a log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.bin = folder / "bin"
        self.bin.mkdir()
        for tool in _TOOLS:
            if path := shutil.which(tool):
                (self.bin / tool).symlink_to(path)

    def program(self, name: str, script: str = "") -> None:
        """Let a stand-in of a program run a script of sh after it has logged its arguments."""
        file = self.bin / name
        file.unlink(missing_ok=True)
        file.write_text(f'#!/bin/sh\necho "{name} $*" >>{self.log}\n{script}\n')
        file.chmod(0o755)

    def run(
        self, bash: str, script: Path, *arguments: str, **settings: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a script with these settings and nothing else in its environment."""
        return subprocess.run(
            [bash, str(script), *arguments],
            cwd=ROOT,
            env={"PATH": str(self.bin), "HOME": str(self.folder), **settings},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def calls(self) -> list[str]:
        """The calls of the stand-ins so far."""
        return self.log.read_text().splitlines() if self.log.exists() else []
