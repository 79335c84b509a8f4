"""The end of a process that cannot go on, with one line that says why."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import NoReturn

__all__ = ["end", "report"]

KUBERNETES_LOG = Path("/dev/termination-log")
"""What a pod leaves there is shown by `kubectl describe`. The manifests name it, too."""


def end(program: str, error: object) -> NoReturn:
    """End the process with exit code 1 and a line on standard error; in a pod it is reported, too.

    Args:
        program: its name, with which the line begins.
        error: what is wrong, and how to mend it.
    """
    line = f"{program}: {error}"
    report(line)
    sys.exit(line)


def report(line: str, log: Path = KUBERNETES_LOG) -> None:
    """Leave the line for `kubectl describe`, where there is such a log."""
    with contextlib.suppress(OSError):
        # Never created: elsewhere than in a pod there is none.
        file = os.open(log, os.O_WRONLY | os.O_TRUNC)
        with os.fdopen(file, "w", encoding="utf-8") as output:
            output.write(line)
