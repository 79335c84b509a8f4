"""The comparison as a single HTML page."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from training import pages
from training.card.pictures import COLOURS, INK, chart
from training.data.exports import period
from training.drift.report import TITLES, caution, label, reading

__all__ = ["page"]


def page(result: Mapping[str, Any]) -> str:
    """The HTML page for a result of `training.drift.comparison.compare`. All texts in it are
    escaped."""
    return pages.page(
        Path(__file__).with_name("drift.html.j2"),
        result=result,
        caution=caution(result),
        titles=TITLES,
        period=period(result["since"], result["until"]),
        reading=reading,
        pictures={each["measure"]: _picture(each) for each in result["measures"]},
    )


def _picture(measure: Mapping[str, Any]) -> Markup:
    """The shares of a measure, in the reference and now."""
    name = measure["measure"]
    rows = [row for row in measure["bins"] if row["reference"] or row["now"]]
    title = f"{TITLES[name].capitalize()}: share of comments in the reference and now"
    with chart(title, 4.2, 0.85 + 0.34 * len(rows)) as (axes, svg):
        for i, (key, colour) in enumerate((("reference", COLOURS[4]), ("now", COLOURS[0]))):
            axes.barh(
                [place + 0.38 * (i - 0.5) for place in range(len(rows))],
                [100 * row[key] for row in rows],
                height=0.36,
                color=colour,
                alpha=0.85,
                label=key,
            )
        axes.set_yticks(range(len(rows)), [label(name, row["bin"]) for row in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(left=0)
        axes.set_xlabel("comments, %")
        axes.grid(axis="x")
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.figure.legend(loc="outside upper center", ncols=2)
        return svg()
