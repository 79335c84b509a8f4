"""The card's charts, as SVG to embed in the page."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = ["COLOURS", "INK", "accuracy", "chart", "curve", "neutral_curve", "reliability"]

INK = "#010203"
"""Placeholder for the page's text colour, which follows the light or dark scheme."""
COLOURS = ("#2a7de1", "#e08214", "#8a63d2", "#1b9e77", "#8c8c8c", "#d6336c", "#7a5a2f", "#4db6c6")
_SETTINGS: Any = {
    # Keep text as text: smaller, selectable and in the page's font.
    "svg.fonttype": "none",
    # Make identifiers reproducible.
    "svg.hashsalt": "valence",
    # The user chooses the names, so a dollar sign is no formula.
    "text.parse_math": False,
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": INK,
    "grid.alpha": 0.12,
    "legend.frameon": False,
}


def accuracy(domains: Mapping[str, Mapping[str, Any]]) -> Markup:
    """The accuracy of each system on each domain, with 95 % intervals."""
    systems = list(next(iter(domains.values()))["systems"])
    height = 0.75 + len(domains) * (0.16 * len(systems) + 0.22)
    with chart("Accuracy on held-out texts, with 95 % intervals", 6.0, height) as (axes, svg):
        for i, system in enumerate(systems):
            measures = [domain["systems"][system]["accuracy"] for domain in domains.values()]
            values = [100 * each["value"] for each in measures]
            below = [max(0, 100 * (each["value"] - each["low"])) for each in measures]
            above = [max(0, 100 * (each["high"] - each["value"])) for each in measures]
            heights = [row + (i - (len(systems) - 1) / 2) * 0.17 for row in range(len(domains))]
            axes.errorbar(
                values,
                heights,
                xerr=[below, above],
                fmt="o",
                markersize=6 if i == 0 else 4.5,
                color=COLOURS[i % len(COLOURS)],
                elinewidth=1.4,
                label=system,
            )
            if i == 0:
                for point in zip(values, heights, strict=True):
                    axes.annotate(f"{point[0]:.1f}", point, (0, 5), textcoords="offset points")
        axes.set_yticks(range(len(domains)), [_short(name) for name in domains])
        axes.set_ylim(len(domains) - 0.45, -0.6)
        axes.set_xlabel("accuracy, %")
        axes.grid(axis="x")
        axes.figure.legend(
            loc="outside upper center", ncols=len(systems), handletextpad=0.2, columnspacing=1.2
        )
        return svg()


def reliability(bins: Sequence[Mapping[str, Any]], least: float) -> Markup:
    """Accuracy against score, above a histogram of the scores; `least` is the lowest possible
    score."""
    with chart("Reliability diagram", 3.2, 2.9) as (axes, svg):
        axes.plot([least, 1], [least, 1], color=INK, alpha=0.4, linewidth=1, linestyle="--")
        top = max((each["rows"] for each in bins), default=1)
        axes.bar(
            [(each["from"] + each["to"]) / 2 for each in bins],
            [0.25 * (1 - least) * each["rows"] / top for each in bins],
            width=[0.9 * (each["to"] - each["from"]) for each in bins],
            color=INK,
            alpha=0.15,
        )
        values = [each["accuracy"] for each in bins]
        axes.errorbar(
            [each["score"] for each in bins],
            values,
            yerr=[
                [max(0, each["accuracy"] - each["low"]) for each in bins],
                [max(0, each["high"] - each["accuracy"]) for each in bins],
            ],
            fmt="o-",
            markersize=4.5,
            color=COLOURS[0],
        )
        axes.set_xlim(least - 0.02, 1.02)
        # From 0, where answers of which none is right are.
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel("score")
        axes.set_ylabel("share right")
        axes.grid()
        return svg()


def curve(points: Sequence[Mapping[str, Any]]) -> Markup:
    """Accuracy against the number of training rows, with a line for each domain."""
    names = list(points[-1]["accuracy"])
    with chart("Learning curve", 6.0, 3.2) as (axes, svg):
        rows = [point["rows"] for point in points]
        for i, name in enumerate(names):
            values = [100 * point["accuracy"][name] for point in points]
            axes.plot(
                rows,
                values,
                "o-",
                markersize=4,
                color=COLOURS[i % len(COLOURS)],
                label=_short(name),
            )
        axes.set_xscale("log", base=2)
        axes.set_xticks(rows, [f"{each:,}" for each in rows])
        axes.minorticks_off()
        axes.set_xlabel("training rows")
        axes.set_ylabel("accuracy, %")
        axes.grid()
        axes.figure.legend(loc="outside upper center", ncols=3)
        return svg()


def neutral_curve(points: Sequence[Mapping[str, Any]]) -> Markup:
    """Accuracy on texts with an opinion against the recall of neutral ones, over the bias."""
    with chart("Choice of the neutral point", 4.2, 3.0) as (axes, svg):
        recall = [100 * point["neutral_recall"] for point in points]
        accuracy = [100 * point["accuracy"] for point in points]
        axes.plot(recall, accuracy, "o-", markersize=3.5, color=COLOURS[0])
        for i in range(0, len(points), 4):
            label = f"{points[i]['bias']:+.0f}" if points[i]["bias"] else "as trained"
            place = (recall[i], accuracy[i])
            axes.annotate(label, place, (4, 4), textcoords="offset points")
        axes.set_xlabel("neutral texts called neutral, %")
        axes.set_ylabel("others right, %")
        axes.grid()
        return svg()


@contextmanager
def chart(title: str, width: float, height: float) -> Iterator[tuple[Axes, Callable[[], Markup]]]:
    """Axes to draw on, and a function that returns the drawing. The size is in inches, which the
    page scales."""
    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.add_subplot()

        def svg() -> Markup:
            file = io.StringIO()
            # Without time and version the output is reproducible.
            about = {"Date": None, "Creator": None}
            figure.savefig(file, format="svg", transparent=True, metadata=about)
            text = file.getvalue()
            drawing = text[text.index("<svg") :].replace(INK, "currentColor")
            # Safe: matplotlib escapes its texts, and the titles are ours.
            return Markup(drawing.replace("<svg", f'<svg role="img" aria-label="{title}"', 1))  # noqa: S704

        yield axes, svg


def _short(name: str) -> str:
    # File names may be long; the table shows them in full.
    source, _, rest = name.partition(", without")
    source = source if len(source) <= 24 else f"{source[:23]}…"
    return f"{source},\nwithout{rest}" if rest else source
