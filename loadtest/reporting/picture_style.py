"""Colours, style, footnote and file formats of all pictures."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from loadtest.reporting.result import Result

# From the palette of Okabe and Ito, which people with any colour vision can tell apart.
OURS, THEIRS, THIRD, FOURTH = "#0072B2", "#E69F00", "#009E73", "#D55E00"
GRAY, INK = "#8C8C8C", "#222222"

mpl.use("Agg")
mpl.rcParams.update(
    {
        "axes.axisbelow": True,
        "axes.edgecolor": "#BBBBBB",
        "axes.grid": True,
        "axes.labelcolor": INK,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "font.size": 9,
        "grid.color": "#E6E6E6",
        "legend.frameon": False,
        "savefig.dpi": 150,
        "svg.hashsalt": "valence",
        "xtick.color": INK,
        "ytick.color": INK,
    }
)


def footnote(figure: Figure, result: Result) -> None:
    """Write where and when it was measured, at the bottom."""
    machine = result.machine
    figure.supxlabel(
        f"{machine.cores} cores, {machine.cpu}, {machine.memory_gb:.0f} GB,"
        f" Python {machine.python};"
        f" {result.made[:10]}, {result.commit}, load average at the start {machine.load_average}."
        " Only ratios within one run mean something.",
        fontsize=7,
        color=GRAY,
    )


def log_y(axes: Axes) -> None:
    """A logarithmic y axis with ticks at 1, 2 and 5."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.yaxis.set_minor_formatter(NullFormatter())


def save(figure: Figure, file: Path) -> list[Path]:
    """Write a PNG and an SVG beside a file; returns both."""
    files = [file.with_suffix(".png"), file.with_suffix(".svg")]
    for each in files:
        figure.savefig(each, metadata={"Date": None} if each.suffix == ".svg" else None)
    return files
