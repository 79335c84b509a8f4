"""The comparison in a terminal."""

from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bento.model.model import CLASSES
from training.data.exports import period, show

__all__ = ["changes", "print_report", "verdict"]

_SHOWN = 10
_TEXT_CHARACTERS = 160
_SIGNIFICANT = 0.05


def print_report(console: Console, result: Mapping[str, Any]) -> None:
    """Print the result of `training.replay.comparison.compare`."""
    console.print(Text(f"candidate {result['candidate']}", no_wrap=True, overflow="ellipsis"))
    console.print(
        f"{result['records']:,} comments{period(result['since'], result['until'])}", soft_wrap=True
    )
    console.print(Text(changes(result)))
    for table in (_matrix(result), _shares(result), _corrected(result["corrected"])):
        console.print(table)
    console.print(Text(verdict(result["corrected"])))
    console.print()
    for flip in result["flips"][:_SHOWN]:
        console.print(_flip(flip))


def changes(result: Mapping[str, Any]) -> str:
    """How many answers change, in one sentence or two."""
    changed, otherwise = result["changed"], result["otherwise"]
    sentence = (
        f"{changed['count']:,} of {changed['rows']:,} answers change ({changed['share']:.2%})."
    )
    if not result["learned"]:
        return sentence
    return (
        f"{sentence} Of these {result['learned']:,} as corrected, trained on; "
        f"{otherwise['count']:,} ({otherwise['share']:.2%} of all) otherwise, which "
        "--max-changed limits."
    )


def verdict(corrected: Mapping[str, Any]) -> str:
    """What the corrections say of the two models, in one sentence."""
    if not corrected["rows"]:
        if corrected["all"]:
            return f"None of the {corrected['all']:,} corrections is held out from training."
        return "No comment was corrected, so it is not known which answers are right."
    test = corrected["mcnemar"]
    lost, won = test["lost"], test["won"]
    better = "candidate" if won > lost else "former model"
    outcome = "neither is better beyond chance"
    if test["p"] < _SIGNIFICANT:
        outcome = f"the {better} is better beyond chance"
    return (
        f"Only the candidate is right on {won:,}, only the former model on {lost:,} of "
        f"{corrected['rows']:,} corrected comments: {outcome} (McNemar's test, p = "
        f"{test['p']:.2g})."
    )


def _matrix(result: Mapping[str, Any]) -> Table:
    table = _table("answered then ↓, now →")
    for name in CLASSES:
        table.add_column(name, justify="right")
    for name, row in zip(CLASSES, result["matrix"], strict=True):
        total = max(1, sum(row))
        table.add_row(name, *(f"{count:,} ({count / total:.1%})" for count in row))
    return table


def _shares(result: Mapping[str, Any]) -> Table:
    table = _table("")
    for title in ("comments", "changed", "95 %"):
        table.add_column(title, justify="right")
    rows = [("all", result["changed"])]
    rows += [(f"{row['confidence']} confidence", row) for row in result["by_confidence"]]
    rows += [(f"by {show(row['model'])[:19]}…", row) for row in result["by_model"]]
    for name, row in rows:
        shares = (f"{row['share']:.2%}", _interval(row)) if row["rows"] else ("", "")
        table.add_row(Text(name), f"{row['rows']:,}", *shares)
    return table


def _corrected(corrected: Mapping[str, Any]) -> Table:
    held_out = " held out from training" if corrected["trained_on_others"] else ""
    table = _table(f"{corrected['rows']:,} corrected comments{held_out}")
    for title in ("right", "accuracy", "95 %", "calibration error", "95 %"):
        table.add_column(title, justify="right")
    for name, key in (("then", "before"), ("now", "after")):
        if key in corrected:
            cells = [f"{corrected[key]['accuracy']['count']:,} of {corrected['rows']:,}"]
            for measure in ("accuracy", "calibration_error"):
                value = corrected[key][measure]
                cells += [f"{value['value']:.1%}", _interval(value)]
            table.add_row(name, *cells)
    return table


def _flip(flip: Mapping[str, Any]) -> Text:
    text = show(flip["text"])
    shown = text if len(text) <= _TEXT_CHARACTERS else f"{text[: _TEXT_CHARACTERS - 1]}…"
    words = ", ".join(f"{show(each['word'])} {each['contribution']:+.2f}" for each in flip["words"])
    corrected = f"; corrected: {flip['correction']}" if flip["correction"] else ""
    return Text.assemble(
        (f"{flip['before']} {flip['score_before']:.2f} → ", "dim"),
        (f"{flip['after']} {flip['score_after']:.2f}", "bold"),
        f"  {shown}\n    {words}{corrected}",
    )


def _interval(row: Mapping[str, Any]) -> str:
    return f"{100 * row['low']:.1f}–{100 * row['high']:.1f}"


def _table(title: str) -> Table:
    table = Table(box=SIMPLE, collapse_padding=True, pad_edge=False)
    table.add_column(title, overflow="fold")
    return table
