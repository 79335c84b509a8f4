"""Results of every kind: kept, shown, drawn, and drawn again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib import pyplot
from matplotlib.figure import Figure
from rich.console import Console

from loadtest.autoscale import page as autoscale_page
from loadtest.autoscale import report as show_autoscale
from loadtest.autoscale import run as autoscale
from loadtest.capacity import report as show_capacity
from loadtest.capacity import run as capacity
from loadtest.compare import report as show_compare
from loadtest.compare import result as comparison
from loadtest.errors import LoadTestError
from loadtest.harness import picture_style as picture
from loadtest.harness import result as results
from loadtest.harness.result import Result
from loadtest.model_rate import report as show_model_rate
from loadtest.model_rate import run as model_rate
from loadtest.simulate import report as show_simulation
from loadtest.simulate import result as simulation_result
from loadtest.utilisation import report as show_utilisation
from loadtest.utilisation import run as utilisation


class Kind(NamedTuple):
    """How results of one kind are read, shown and drawn."""

    result: type[Result]
    show: Callable[[Any], None]
    picture: Callable[[Any], Figure]
    page: Callable[[Any, Path], str] | None = None
    """An HTML report, which has the picture (SVG) in it."""


KINDS = {
    autoscale.KIND: Kind(
        autoscale.Autoscale, show_autoscale.show, show_autoscale.picture, autoscale_page.page
    ),
    capacity.KIND: Kind(capacity.Capacity, show_capacity.show, show_capacity.picture),
    comparison.KIND: Kind(comparison.Comparison, show_compare.show, show_compare.picture),
    model_rate.KIND: Kind(model_rate.ModelRate, show_model_rate.show, show_model_rate.picture),
    simulation_result.KIND: Kind(
        simulation_result.Simulation, show_simulation.show, show_simulation.picture
    ),
    utilisation.KIND: Kind(
        utilisation.Utilisation, show_utilisation.show, show_utilisation.picture
    ),
}


def publish(result: Result) -> None:
    """Keep a new result, show it and draw it."""
    redraw(results.save(result))


def redraw(file: Path) -> None:
    """Show a kept result, and draw its picture beside it.

    Raises:
        LoadTestError: the file is no result.
    """
    name = results.kind(file)
    if name not in KINDS:
        raise LoadTestError(f"{file}: unknown kind {name!r}")
    kind = KINDS[name]
    result = results.load(file, kind.result)
    kind.show(result)
    figure = kind.picture(result)
    files = [file, *picture.save(figure, file)]
    pyplot.close(figure)
    if kind.page:
        files.append(file.with_suffix(".html"))
        files[-1].write_text(kind.page(result, file.with_suffix(".svg")))
    Console(highlight=False).print(*files, sep="\n", style="dim")
