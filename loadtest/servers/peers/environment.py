"""A peer's virtual environment, created when it is first needed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from loadtest.errors import LoadTestError

HERE = Path(__file__).parent
FOLDER = Path(".data/peers")
REQUIREMENTS = "requirements.txt"


def ensure(name: str) -> Path:
    """The folder of a peer's programs, in the versions that its requirements.txt pins.

    Raises:
        LoadTestError: they cannot be installed; with pip's last line of output.
    """
    wanted = (HERE / name / REQUIREMENTS).read_text()
    folder = (FOLDER / name).resolve()
    installed = folder / REQUIREMENTS
    if not (installed.exists() and installed.read_text() == wanted):
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder)])
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        _run(
            [*pip, "--disable-pip-version-check", "--requirement", str(HERE / name / REQUIREMENTS)]
        )
        installed.write_text(wanted)
    return folder / "bin"


def version(name: str) -> str:
    """The pinned version of a peer."""
    lines = (HERE / name / REQUIREMENTS).read_text().splitlines()
    [pin] = [line for line in lines if line.startswith(f"{name}==")]
    return pin.partition("==")[2]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        reason = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[-1]
        raise LoadTestError(f"not installed: {reason.removeprefix('ERROR: ')}")
