"""How results of one kind are kept, printed and drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib import pyplot
from matplotlib.figure import Figure
from rich.console import Console

from loadtest.reporting import picture_style
from loadtest.reporting import result as results
from loadtest.reporting.result import Result


class Report(NamedTuple):
    """The output for one kind of result."""

    kind: str
    result: type[Result]
    show: Callable[[Any], None]
    """Prints a result."""
    picture: Callable[[Any], Figure]
    page: Callable[[Any, Path], str] | None = None
    """Makes an HTML page of a result and the file of its picture (SVG)."""

    def publish(self, result: Result) -> None:
        """Keep a new result, print it and draw it."""
        self._write(result, results.save(result))

    def redraw(self, file: Path) -> None:
        """Print a kept result, and draw its picture beside it.

        Raises:
            LoadTestError: the file is no such result.
        """
        self._write(results.load(file, self.result), file)

    def _write(self, result: Result, file: Path) -> None:
        self.show(result)
        figure = self.picture(result)
        files = [file, *picture_style.save(figure, file)]
        pyplot.close(figure)
        if self.page:
            files.append(file.with_suffix(".html"))
            files[-1].write_text(self.page(result, file.with_suffix(".svg")))
        Console(highlight=False).print(*files, sep="\n", style="dim")
