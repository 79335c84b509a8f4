"""The comparison in a terminal, and what both it and the page say."""

from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

import drift
from bento.model.reference import MEASURES
from training.data.exports import period, show

__all__ = ["TITLES", "caution", "label", "print_report", "reading"]

TITLES = {
    "sentiment": "sentiment",
    "confidence": "confidence",
    "unknown_words": "unknown words",
    "characters": "characters",
}
"""What people call the measures."""
_WIDTH = 20
_EIGHTHS = " ▏▎▍▌▋▊▉"


def print_report(console: Console, result: Mapping[str, Any]) -> None:
    """Print the result of `training.drift.comparison.compare`."""
    reference = result["reference"]
    console.print(Text(f"model {result['model']}", no_wrap=True, overflow="ellipsis"))
    console.print(
        Text(
            f"{result['comments']:,} comments{period(result['since'], result['until'])}\n"
            f"compared with {reference['comments']:,} {show(reference['source'])}"
        )
    )
    console.print(_summary(result))
    for measure in result["measures"]:
        console.print(_bins(measure))
    for line in caution(result):
        console.print(Text(line))


def reading(index: float) -> str:
    """What an index means."""
    if index < drift.NOTICEABLE:
        return "no change to speak of"
    return "some change" if index < drift.LARGE else "large change"


def caution(result: Mapping[str, Any]) -> list[str]:
    """What to bear in mind, as sentences."""
    lines = []
    if not result["enough"]:
        lines.append(
            f"Below {drift.LEAST_COMMENTS:,} comments chance alone may move the index: take more."
        )
    others = sum(
        each["comments"] for each in result["answered_by"] if each["model"] != result["model"]
    )
    if others:
        lines.append(
            f"Other models answered {others:,} of the comments; here this one reads all of them."
        )
    return lines


def label(measure: str, name: str) -> str:
    """What people call a bin."""
    bins = MEASURES[measure]
    if bins[-1] != "+Inf":
        return name
    is_share = measure == "unknown_words"
    bounds = [f"{100 * float(each):g} %" if is_share else f"{float(each):,.0f}" for each in bins]
    place = bins.index(name)
    if name == "+Inf":
        return f"above {bounds[-2]}"
    return f"to {bounds[place]}" if float(name) else bounds[place]


def _summary(result: Mapping[str, Any]) -> Table:
    table = _table("population stability index")
    for title in ("index", "", "against training"):
        table.add_column(title, justify="left" if not title else "right")
    for row in result["measures"]:
        training = row["training_index"]
        table.add_row(
            TITLES[row["measure"]],
            f"{row['index']:.3f}",
            reading(row["index"]),
            "" if training is None else f"{training:.3f}",
        )
    return table


def _bins(measure: Mapping[str, Any]) -> Table:
    table = _table(TITLES[measure["measure"]], width=14)
    for title in ("reference", "now"):
        table.add_column(title, justify="right")
        table.add_column("", min_width=_WIDTH)
    largest = max(max(row["reference"], row["now"]) for row in measure["bins"])
    for row in measure["bins"]:
        if not row["reference"] and not row["now"]:
            continue
        cells: list[Text] = []
        for name, style in (("reference", "dim"), ("now", "bold")):
            share = row[name]
            cells += [Text(f"{share:.1%}"), Text(_bar(share / largest), style=style)]
        table.add_row(label(measure["measure"], row["bin"]), *cells)
    return table


def _bar(share: float) -> str:
    """A bar whose length is the share, 0 to 1, of the width."""
    whole, eighths = divmod(round(8 * _WIDTH * share), 8)
    return "█" * whole + _EIGHTHS[eighths].strip()


def _table(title: str, width: int | None = None) -> Table:
    table = Table(box=SIMPLE, collapse_padding=True, pad_edge=False)
    table.add_column(title, min_width=width)
    return table
