"""The card's pictures: SVG, to be put into the page as they are."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = ["accuracy", "curve", "reliability"]

_INK = "#010203"
"""Stands for the page's colour of text, which follows light and dark."""
_COLOURS = ("#2a7de1", "#e08214", "#8a63d2", "#1b9e77", "#8c8c8c", "#d6336c")
_SETTINGS: Any = {
    # Text stays text: smaller, selectable, in the page's own font.
    "svg.fonttype": "none",
    # Equal pictures have equal identifiers.
    "svg.hashsalt": "valence",
    # Names are the user's: a dollar sign is a dollar sign.
    "text.parse_math": False,
    "font.size": 9,
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "grid.color": _INK,
    "grid.alpha": 0.12,
    "legend.frameon": False,
}


def accuracy(domains: Mapping[str, Mapping[str, Any]]) -> Markup:
    """Each domain's accuracy by each system, with 95 % intervals."""
    systems = list(next(iter(domains.values()))["systems"])
    height = 0.75 + len(domains) * (0.16 * len(systems) + 0.22)
    with _drawn("Accuracy on held-out texts, with 95 % intervals", 6.0, height) as (axes, done):
        for i, system in enumerate(systems):
            found = [domain["systems"][system]["accuracy"] for domain in domains.values()]
            values = [100 * each["value"] for each in found]
            below = [max(0, 100 * (each["value"] - each["low"])) for each in found]
            above = [max(0, 100 * (each["high"] - each["value"])) for each in found]
            places = [row + (i - (len(systems) - 1) / 2) * 0.17 for row in range(len(domains))]
            axes.errorbar(
                values,
                places,
                xerr=[below, above],
                fmt="o",
                markersize=6 if i == 0 else 4.5,
                color=_COLOURS[i % len(_COLOURS)],
                elinewidth=1.4,
                label=system,
            )
            if i == 0:
                for value, place in zip(values, places, strict=True):
                    label = f"{value:.1f}"
                    axes.annotate(label, (value, place), (0, 5), textcoords="offset points")
        axes.set_yticks(range(len(domains)), [_short(name) for name in domains])
        axes.set_ylim(len(domains) - 0.45, -0.6)
        axes.set_xlabel("accuracy, %")
        axes.grid(axis="x")
        axes.figure.legend(
            loc="outside upper center", ncols=len(systems), handletextpad=0.2, columnspacing=1.2
        )
        return done()


def reliability(bins: Sequence[Mapping[str, Any]], least: float) -> Markup:
    """Accuracy against score, and below it how many texts have which score; `least` is the lowest
    score there can be."""
    with _drawn("Reliability diagram", 3.2, 2.9) as (axes, done):
        axes.plot([least, 1], [least, 1], color=_INK, alpha=0.4, linewidth=1, linestyle="--")
        top = max((each["rows"] for each in bins), default=1)
        axes.bar(
            [(each["from"] + each["to"]) / 2 for each in bins],
            [0.25 * (1 - least) * each["rows"] / top for each in bins],
            width=[0.9 * (each["to"] - each["from"]) for each in bins],
            bottom=max(0.0, least - 0.2),
            color=_INK,
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
            color=_COLOURS[0],
        )
        axes.set_xlim(least - 0.02, 1.02)
        axes.set_ylim(max(0.0, least - 0.2), 1.02)
        axes.set_xlabel("score")
        axes.set_ylabel("share right")
        axes.grid()
        return done()


def curve(points: Sequence[Mapping[str, Any]]) -> Markup:
    """Accuracy against the number of training rows, a line for each domain."""
    names = list(points[-1]["accuracy"])
    with _drawn("Learning curve", 6.0, 3.2) as (axes, done):
        rows = [point["rows"] for point in points]
        for i, name in enumerate(names):
            values = [100 * point["accuracy"][name] for point in points]
            axes.plot(
                rows,
                values,
                "o-",
                markersize=4,
                color=_COLOURS[i % len(_COLOURS)],
                label=_short(name),
            )
        axes.set_xscale("log", base=2)
        axes.set_xticks(rows, [f"{each:,}" for each in rows])
        axes.minorticks_off()
        axes.set_xlabel("training rows")
        axes.set_ylabel("accuracy, %")
        axes.grid()
        axes.figure.legend(loc="outside upper center", ncols=3)
        return done()


@contextmanager
def _drawn(title: str, width: float, height: float) -> Iterator[tuple[Axes, Callable[[], Markup]]]:
    # Inches; the page scales them.
    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.add_subplot()

        def done() -> Markup:
            file = io.StringIO()
            # Without the time and the version: equal pictures are equal files.
            about = {"Date": None, "Creator": None}
            figure.savefig(file, format="svg", transparent=True, metadata=about)
            text = file.getvalue()
            svg = text[text.index("<svg") :].replace(_INK, "currentColor")
            # matplotlib escapes what it writes; nothing else goes in here unescaped.
            return Markup(svg.replace("<svg", f'<svg role="img" aria-label="{title}"', 1))  # noqa: S704

        yield axes, done


def _short(name: str) -> str:
    # A file may be called anything; the table has the whole name.
    source, _, rest = name.partition(", without")
    source = source if len(source) <= 24 else f"{source[:23]}…"
    return f"{source},\nwithout{rest}" if rest else source
