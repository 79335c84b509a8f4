"""A comparison as tables and a picture."""

from __future__ import annotations

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from loadtest.compare.result import KIND, Comparison, Line
from loadtest.errors import LoadTestError
from loadtest.reporting.picture_style import GRAY, INK, OURS, THEIRS, footnote
from loadtest.reporting.report import Report


def show(result: Comparison) -> None:
    """Print rates, latencies and the resources that each contender needs."""
    console = Console()
    measured = [line for line in result.lines if line.rounds]
    counts = [f"{count} conn." for count in result.connections]
    console.print(f"{result.rounds} rounds of {result.seconds:g} s; medians of the rounds")

    rates = Table("", *counts, "errors", title="texts answered/s (ratio to naive)", box=SIMPLE)
    latencies = Table("", *counts, title="latency p50 / p99, ms", box=SIMPLE)
    needs = Table("", "CPU ms a text", "memory MB", "ready s", title="what it needs", box=SIMPLE)
    for line in measured:
        rates.add_row(
            line.title,
            *(
                f"{line.median(count, 'rate'):,.0f} ({_ratio(result, line, count)})"
                for count in result.connections
            ),
            f"[red]{line.errors}[/]" if line.errors else "0",
        )
        latencies.add_row(
            line.title,
            *(
                f"{line.median(count, 'p50_ms'):,.1f} / {line.median(count, 'p99_ms'):,.1f}"
                for count in result.connections
            ),
        )
        needs.add_row(
            line.title,
            f"{line.cpu_ms:.2f}",
            _by_server(line.memory_mb, ".0f"),
            _by_server(line.ready_seconds, ".1f"),
        )
    console.print(rates, latencies, needs)
    console.print(
        f"other processes used {result.background_cores:.1f} of {result.machine.cores} cores"
        " during the run"
    )
    for line in result.lines:
        if line.failed:
            console.print(f"[red]{line.title}: {line.failed}[/]")


def picture(result: Comparison) -> Figure:
    """Rates and p99 of all contenders, a column of panels for each number of connections.

    Raises:
        LoadTestError: all of them failed.
    """
    lines = [line for line in result.lines if line.rounds][::-1]
    if not lines:
        raise LoadTestError("nothing was measured")
    columns = len(result.connections)
    figure, axes = pyplot.subplots(
        2,
        columns,
        figsize=(3 + 3.4 * columns, 1.8 + 0.62 * len(lines)),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for column, count in enumerate(result.connections):
        plural = "s" if count > 1 else ""
        _bars(axes[0][column], lines, [line.median(count, "rate") for line in lines])
        axes[0][column].set_title(f"{count} connection{plural}", fontweight="bold", color=INK)
        axes[0][column].set_xlabel("texts/s (ratio to naive); line: all rounds")
        for row, line in enumerate(lines):
            axes[0][column].plot(line.spread(count), [row, row], color=INK, linewidth=1)
            _label(
                axes[0][column],
                row,
                line.spread(count)[1],
                f"{line.median(count, 'rate'):,.0f}  ({_ratio(result, line, count)})",
            )
        _bars(axes[1][column], lines, [line.median(count, "p99_ms") for line in lines])
        axes[1][column].set_xlabel("p99, ms")
        for row, line in enumerate(lines):
            p99 = line.median(count, "p99_ms")
            _label(axes[1][column], row, p99, f"{p99:,.0f}")
    figure.suptitle(
        "Durable comments (Valence, naive) and bare predictions (the others) per second",
        color=INK,
        fontweight="bold",
    )
    footnote(figure, result)
    return figure


def _bars(axes: Axes, lines: list[Line], values: list[float]) -> None:
    axes.barh(range(len(lines)), values, color=[_colour(line) for line in lines], height=0.72)
    axes.set_yticks(range(len(lines)), [line.title for line in lines])
    axes.set_xlim(0, max(values) * 1.42)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter("{x:,.0f}")


def _label(axes: Axes, row: int, end: float, text: str) -> None:
    axes.annotate(
        text, (end, row), (4, 0), textcoords="offset points", va="center", fontsize=8, color=INK
    )


def _colour(line: Line) -> str:
    if line.name == "naive":
        return GRAY
    return OURS if line.durable else THEIRS


def _ratio(result: Comparison, line: Line, connections: int) -> str:
    ratio = result.ratio(line, connections)
    return "–" if ratio is None else f"{ratio:.1f}×"


def _by_server(values: dict[str, float], form: str) -> str:
    return ", ".join(f"{name} {value:{form}}" for name, value in values.items())


REPORT = Report(KIND, Comparison, show, picture)
