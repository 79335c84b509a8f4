"""A line for each step, while it runs and once it is done."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

__all__ = ["Progress", "Step"]

WIDTH = 9


class Step:
    """What a step has found; empty if there is nothing to say."""

    found = ""
    is_skipped = False

    def skip(self, why: str) -> None:
        """Say why there was nothing to do."""
        self.found, self.is_skipped = why, True


class Progress:
    """The steps so far, on a console."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextlib.contextmanager
    def step(self, name: str, doing: str = "", *, is_silent: bool = True) -> Iterator[Step]:
        """Show a step while the context lasts, and then what it found, or that it failed.

        Args:
            name: a word.
            doing: what it does now, if that takes time.
            is_silent: whether nothing else writes to the terminal meanwhile.
        """
        step, began = Step(), time.monotonic()
        with contextlib.ExitStack() as stack:
            if self._console.is_terminal and is_silent:
                stack.enter_context(self._console.status(f"{name:<{WIDTH}} {doing}"))
            elif doing:
                self._line("…", "", name, doing)
            try:
                yield step
            except BaseException:
                self._line("✗", "bold red", name, doing)
                raise
        seconds = time.monotonic() - began
        took = f"({seconds:.0f} s)" if seconds >= 1 else ""
        sign, style = ("–", "dim") if step.is_skipped else ("✓", "green")
        self._line(sign, style, name, f"{step.found} {took}".strip())

    def say(self, text: str) -> None:
        """A line that belongs to no step."""
        self._line(" ", "", "", text)

    def _line(self, sign: str, style: str, name: str, text: str) -> None:
        line = Text.assemble((sign, style), f" {name:<{WIDTH}} ")
        line.append("".join(each if each.isprintable() else " " for each in text))
        self._console.print(line, soft_wrap=True)
