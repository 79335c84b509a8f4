"""Options and a progress bar that commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn

F = TypeVar("F", bound=Callable[..., Any])

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def progress_bar() -> Progress:
    """A bar with counts and time, gone when it ends."""
    return Progress(
        *Progress.get_default_columns()[:-1],
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        transient=True,
    )


def rounds(default: int) -> Callable[[F], F]:
    """The option --rounds."""
    return click.option(
        "--rounds",
        default=default,
        show_default=True,
        type=click.IntRange(1),
        help="Turns of each.",
    )


def seconds(default: float) -> Callable[[F], F]:
    """The option --seconds."""
    return click.option(
        "--seconds",
        default=default,
        show_default=True,
        type=click.FloatRange(1),
        help="Length of each measurement.",
    )
