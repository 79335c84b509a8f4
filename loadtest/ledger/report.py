"""The figures of a full ledger as tables and a picture."""

from __future__ import annotations

import statistics

from matplotlib import pyplot
from matplotlib.figure import Figure
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from loadtest.ledger.result import CONNECTIONS, KIND, Ledger
from loadtest.reporting.picture_style import INK, OURS, footnote
from loadtest.reporting.report import Report


def show(result: Ledger) -> None:
    """Print the times of calls and the rates of exports and posts."""
    console = Console()
    console.print(f"{result.records:,} records, {result.megabytes:,.0f} MB")
    table = Table("", "p50, ms", "p99, ms", "records", title="calls, one at a time", box=SIMPLE)
    for timing in (*result.pages, *result.counts):
        table.add_row(
            timing.name, f"{timing.p50:,.1f}", f"{timing.p99:,.1f}", f"{timing.records:,}"
        )
    console.print(table)
    for form, rate in result.export_rates.items():
        console.print(f"export as {form}: {rate:,.0f} records/s")
    full, empty = (
        statistics.median(sample.rate for sample in samples)
        for samples in (result.posts_full, result.posts_empty)
    )
    errors = sum(sample.errors for sample in (*result.posts_full, *result.posts_empty))
    console.print(
        f"posts over {CONNECTIONS} connections: {full:,.0f}/s, on an empty file {empty:,.0f}/s"
        f" ([bold]{result.share:.0%}[/]), {errors} errors"
    )


def picture(result: Ledger) -> Figure:
    """A bar for the time of each kind of page."""
    figure, axes = pyplot.subplots(figsize=(8, 4.2), layout="constrained")
    rows = result.pages[::-1]
    axes.barh([row.name for row in rows], [row.p99 for row in rows], color=OURS)
    for position, row in enumerate(rows):
        axes.annotate(
            f"{row.p99:,.1f}", (row.p99, position), (4, 0),
            textcoords="offset points", va="center", fontsize=8, color=INK,
        )  # fmt: skip
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.1)
    axes.set_xlabel("p99 of a page of 100 records, ms")
    axes.set_title(
        f"Pages of a ledger with {result.records:,} records; posts run at {result.share:.0%}"
        " of the rate on an empty file",
        color=INK,
        fontweight="bold",
        fontsize=10,
    )
    footnote(figure, result)
    return figure


REPORT = Report(KIND, Ledger, show, picture)
