"""Virtual environments of other programs, created when they are first needed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from loadtest.errors import LoadTestError

FOLDER = Path(".data/environments")


def ensure(name: str, requirements: Path) -> Path:
    """The folder of the programs of an environment, in the versions that its requirements pin.

    Raises:
        LoadTestError: they cannot be installed; with pip's last line of output.
    """
    wanted = requirements.read_text()
    folder = (FOLDER / name).resolve()
    installed = folder / "requirements.txt"
    if not (installed.exists() and installed.read_text() == wanted):
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder)])
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        _run([*pip, "--disable-pip-version-check", "--requirement", str(requirements)])
        installed.write_text(wanted)
    return folder / "bin"


def version(name: str, requirements: Path) -> str:
    """The version of a package that the requirements pin."""
    lines = requirements.read_text().splitlines()
    [pin] = [line for line in lines if line.startswith(f"{name}==")]
    return pin.partition("==")[2]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
        raise LoadTestError(f"not installed: {reason.removeprefix('ERROR: ')}")
