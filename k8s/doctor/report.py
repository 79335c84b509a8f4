"""The report: a table for people, JSON for programs."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from k8s.doctor.check import Result, Status

__all__ = ["as_json", "show", "summary"]

CHECK_WIDTH = 24
_SIGNS = {
    Status.OK: ("✓", "green"),
    Status.FAILED: ("✗", "bold red"),
    Status.SKIPPED: ("–", "dim"),
}


def show(console: Console, url: str, results: list[Result], seconds: float) -> None:
    """Print the results as a table, with what to do under each failure."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=_text(url), title_justify="left")
    for name in ("", "where", "check", "found"):
        width = CHECK_WIDTH if name == "check" else None
        table.add_column(name, no_wrap=name in {"", "where"}, overflow="fold", max_width=width)
    topic = ""
    for result in _together(results):
        if topic and result.topic != topic:
            table.add_section()
        sign, style = _SIGNS[result.status]
        found = _text(result.found, style if result.status is Status.SKIPPED else "")
        if result.advice:
            found.append_text(_text(f"\n→ {_printable(result.advice)}", "yellow", is_clean=True))
        where = result.topic if result.topic != topic else ""
        table.add_row(Text(sign, style), where, result.check, found)
        topic = result.topic
    console.print(table)
    console.print(summary(results, seconds), markup=False)


def _together(results: list[Result]) -> Iterator[Result]:
    """The results, with neighbours that are skipped for one reason in one line."""
    for (topic, status, found), group in itertools.groupby(
        results, lambda each: (each.topic, each.status, each.found)
    ):
        same = list(group)
        if status is not Status.SKIPPED:
            yield from same
        else:
            yield Result(topic, ", ".join(each.check for each in same), status, found)


def summary(results: list[Result], seconds: float) -> str:
    """The counts, as a sentence."""
    counts = Counter(result.status for result in results)
    failed = counts[Status.FAILED]
    return (
        f"{f'{failed} failed' if failed else 'No check failed'}: {counts[Status.OK]} passed,"
        f" {counts[Status.SKIPPED]} skipped, in {seconds:.1f} s"
    )


def as_json(url: str, results: list[Result], seconds: float) -> str:
    """The results as one object."""
    document = {
        "url": url,
        "ok": all(result.status is not Status.FAILED for result in results),
        "seconds": round(seconds, 1),
        "checks": [result._asdict() for result in results],
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def _text(text: str, style: str = "", *, is_clean: bool = False) -> Text:
    return Text(text if is_clean else _printable(text), style)


def _printable(text: str) -> str:
    """Without what a server might send to control a terminal."""
    return "".join(each if each.isprintable() else " " for each in text)
