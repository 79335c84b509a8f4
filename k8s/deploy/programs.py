"""Programs that a deployment runs: training, builders of images."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from k8s.deploy.errors import DeployError, ProgramError
from processes import tied

__all__ = ["run", "show"]

STOP_SECONDS = 5.0


def show(command: Sequence[str]) -> None:
    """Run a program whose output and errors are its user's to read.

    Raises:
        ProgramError: it failed.
    """
    if _ended(subprocess.Popen(tied(command), start_new_session=True)):  # noqa: S603 - our own commands
        raise ProgramError(command[0])


def run(command: Sequence[str], log: Path, **environment: str) -> None:
    """Run a program with its output in a file.

    Args:
        command: the program, with its full path, and its arguments.
        log: the file; what it has is kept.
        environment: added to ours.

    Raises:
        DeployError: it failed; the message has its last line.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(  # noqa: S603 - our own commands
            tied(command),
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        code = _ended(child)
    if code:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        last = "".join(each if each.isprintable() else " " for each in (lines or [""])[-1])
        raise DeployError(f"{Path(command[0]).name} failed ({log}): {last.strip()}")


def _ended(child: subprocess.Popen[bytes]) -> int:
    """Its exit code. If the wait is interrupted, its whole session is stopped, because a shell
    does not pass a signal on."""
    try:
        return child.wait()
    except BaseException:
        for number, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, None)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(seconds)
                break
        raise
