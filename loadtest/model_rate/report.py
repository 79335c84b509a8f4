"""The model's rates as tables and as a picture."""

from __future__ import annotations

import statistics

from matplotlib import pyplot
from matplotlib.figure import Figure
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from loadtest.harness.picture_style import INK, OURS, THEIRS, THIRD, footnote
from loadtest.model_rate.run import BATCH, BATCHES, WORDS, ModelRate


def show(result: ModelRate) -> None:
    """Print the share of the limit, and µs a text for each way, length and batch."""
    console = Console()
    console.print(
        f"texts/s at {BATCH} a call: in process {statistics.median(result.in_process):,.0f},"
        f" over HTTP {statistics.median(result.over_http):,.0f}"
        f" ([bold]{result.share:.2f}[/] of the limit), {result.http_errors} errors"
    )
    columns = [f"{length} × {batch}" for length in WORDS for batch in BATCHES]
    table = Table("", *columns, title="CPU time a text, µs", box=SIMPLE)
    for way in _ways(result):
        table.add_row(
            way, *(f"{_figure(result, way, n, batch):.1f}" for n in WORDS for batch in BATCHES)
        )
    console.print(table)


def picture(result: ModelRate) -> Figure:
    """Bars of µs a text, a panel for each length."""
    ways = _ways(result)
    colours = dict(zip(ways, (OURS, THEIRS, THIRD), strict=False))
    figure, panels = pyplot.subplots(1, len(WORDS), figsize=(9, 3.6), layout="constrained")
    width = 0.8 / len(ways)
    for axes, length in zip(panels, WORDS, strict=True):
        for number, way in enumerate(ways):
            places = [group + (number - (len(ways) - 1) / 2) * width for group in range(3)]
            heights = [_figure(result, way, length, batch) for batch in BATCHES]
            bars = axes.bar(places, heights, width * 0.92, color=colours[way], label=way)
            axes.bar_label(bars, fmt="%.0f", fontsize=8, padding=2, color=INK)
        axes.grid(visible=False, axis="x")
        axes.set_xticks(range(3), [f"{batch} a call" for batch in BATCHES])
        axes.set_title(
            "{} texts, {} to {} words".format(length, *WORDS[length]), fontweight="bold", color=INK
        )
    panels[0].set_ylabel("CPU time a text, µs")
    panels[0].legend()
    figure.suptitle(
        f"The model by itself; over HTTP, {BATCH} texts a call, the Bento reaches"
        f" {result.share:.2f} of its rate",
        color=INK,
        fontweight="bold",
    )
    footnote(figure, result)
    return figure


def _ways(result: ModelRate) -> list[str]:
    return list(dict.fromkeys(case.way for case in result.cases))


def _figure(result: ModelRate, way: str, length: str, batch: int) -> float:
    [case] = [c for c in result.cases if (c.way, c.length, c.batch) == (way, length, batch)]
    return case.microseconds
