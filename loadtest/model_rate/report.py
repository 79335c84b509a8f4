"""The model's rates as a table and a picture."""

from __future__ import annotations

import statistics

from matplotlib import pyplot
from matplotlib.figure import Figure
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from loadtest.model_rate.result import BATCH, BATCHES, KIND, WORDS, ModelRate
from loadtest.reporting.picture_style import INK, OURS, THEIRS, THIRD, footnote
from loadtest.reporting.report import Report


def show(result: ModelRate) -> None:
    """Print the share of the bare model's rate that HTTP reaches, and µs a text for each
    implementation, length and batch size."""
    console = Console()
    console.print(
        f"texts/s at {BATCH} a call: in process {statistics.median(result.in_process):,.0f},"
        f" over HTTP {statistics.median(result.over_http):,.0f}"
        f" ([bold]{result.share:.2f}[/] of the limit), {result.http_errors} errors"
    )
    columns = [f"{length} × {batch}" for length in WORDS for batch in BATCHES]
    table = Table("", *columns, title="CPU time a text, µs", box=SIMPLE)
    for variant in _variants(result):
        table.add_row(
            variant,
            *(f"{_figure(result, variant, n, batch):.1f}" for n in WORDS for batch in BATCHES),
        )
    console.print(table)


def picture(result: ModelRate) -> Figure:
    """Bars of µs a text, with a panel for each length."""
    variants = _variants(result)
    colours = dict(zip(variants, (OURS, THEIRS, THIRD), strict=False))
    figure, panels = pyplot.subplots(1, len(WORDS), figsize=(9, 3.6), layout="constrained")
    width = 0.8 / len(variants)
    for axes, length in zip(panels, WORDS, strict=True):
        for number, variant in enumerate(variants):
            positions = [group + (number - (len(variants) - 1) / 2) * width for group in range(3)]
            heights = [_figure(result, variant, length, batch) for batch in BATCHES]
            bars = axes.bar(
                positions,
                heights,
                width * 0.92,
                color=colours[variant],
                label=variant,
            )
            axes.bar_label(bars, fmt="%.0f", fontsize=8, padding=2, color=INK)
        axes.grid(visible=False, axis="x")
        axes.set_xticks(range(3), [f"{batch} a call" for batch in BATCHES])
        axes.set_title(
            "{} texts, {} to {} words".format(length, *WORDS[length]), fontweight="bold", color=INK
        )
    panels[0].set_ylabel("CPU time a text, µs")
    panels[0].legend()
    figure.suptitle(
        f"The model in process; over HTTP, {BATCH} texts a call, the Bento reaches"
        f" {result.share:.2f} of its rate",
        color=INK,
        fontweight="bold",
    )
    footnote(figure, result)
    return figure


def _variants(result: ModelRate) -> list[str]:
    return list(dict.fromkeys(case.variant for case in result.cases))


def _figure(result: ModelRate, variant: str, length: str, batch: int) -> float:
    [case] = [c for c in result.cases if (c.variant, c.length, c.batch) == (variant, length, batch)]
    return case.microseconds


REPORT = Report(KIND, ModelRate, show, picture)
