"""Options and a progress bar that commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn

F = TypeVar("F", bound=Callable[..., Any])

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def progress_bar() -> Progress:
    """A bar with counts and time that disappears at the end."""
    columns = Progress.get_default_columns()[:-1]
    return Progress(*columns, MofNCompleteColumn(), TimeElapsedColumn(), transient=True)


def several(
    name: str, default: Sequence[Any], kind: click.ParamType[Any], text: str
) -> Callable[[F], F]:
    """An option that may be given several times."""
    text = f"{text}; may be given several times."
    return click.option(
        f"--{name}", multiple=True, default=default, show_default=True, type=kind, help=text
    )


def rounds(default: int) -> Callable[[F], F]:
    """The option --rounds."""
    number = click.IntRange(1)
    return click.option(
        "--rounds", default=default, show_default=True, type=number, help="Turns of each."
    )


def seconds(default: float) -> Callable[[F], F]:
    """The option --seconds."""
    number = click.FloatRange(1)
    return click.option(
        "--seconds", default=default, show_default=True, type=number,
        help="Length of each measurement.",
    )  # fmt: skip
