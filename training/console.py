"""Console output: progress bars and tables of measures."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.progress import track as rich_track
from rich.table import Table

__all__ = ["count", "measures", "out", "overview", "track"]

T = TypeVar("T")
out = Console()
_progress = Console(stderr=True)


def track(items: Iterable[Any], description: str, total: int) -> Iterable[Any]:
    """Pass the items through, with a progress bar on standard error."""
    return rich_track(items, description=f"{description:<24}", total=total, console=_progress)


def count(
    items: Iterable[T], size: Callable[[T], int], description: str, total: int | None = None
) -> Iterator[T]:
    """Pass the items through, with a bar on standard error of the sum of their sizes; the `total`
    may be unknown."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,}"))
    with Progress(*columns, TimeElapsedColumn(), console=_progress) as progress:
        task = progress.add_task(f"{description:<24}", total=total)
        for item in items:
            progress.advance(task, size(item))
            yield item


def measures(rows: Mapping[str, Mapping[str, Any]]) -> Table:
    """A table with a line for each name and its `training.evaluation.metrics.measure`."""
    table = Table(box=SIMPLE, collapse_padding=True, pad_edge=False)
    table.add_column("data", overflow="fold", min_width=15)
    for title in ("rows", "classes", "accuracy", "macro\nF1", "Brier"):
        table.add_column(title, justify="right")
    table.add_column("calib.\nerror", justify="right")
    table.add_column("called\nneutral", justify="right")
    for name, row in rows.items():
        neutral = f"{row['neutral_rate']:.1%}" if "neutral_rate" in row else ""
        table.add_row(
            escape(name),
            f"{row['rows']:,}",
            str(row["classes"]),
            f"{row['accuracy']:.2%}",
            f"{row['macro_f1']:.4f}",
            f"{row['brier']:.4f}",
            f"{row['expected_calibration_error']:.4f}",
            neutral,
        )
    return table


def overview(card: Mapping[str, Any]) -> Table:
    """The main figures of the model card: accuracy by domain and system, calibration, behaviour.
    It fits 80 columns, so it leaves out TextBlob and the majority class."""
    table = Table(box=SIMPLE, collapse_padding=True, pad_edge=False)
    table.add_column("held out", overflow="fold", min_width=15)
    domains = card["domains"].values()
    others = [name for domain in domains for name in domain["systems"]][1:3]
    for title in ("rows", "accuracy", "95 %", *others, "calib. error", "called neutral"):
        table.add_column(title.replace(" ", "\n") if title[0].isalpha() else title, justify="right")
    for name, domain in card["domains"].items():
        ours = next(iter(domain["systems"].values()))
        accuracy = ours["accuracy"]
        table.add_row(
            escape(name),
            f"{domain['rows']:,}",
            f"{accuracy['value']:.1%}",
            f"{100 * accuracy['low']:.0f}–{100 * accuracy['high']:.0f}",
            *(f"{domain['systems'][other]['accuracy']['value']:.1%}" for other in others),
            f"{ours['expected_calibration_error']['value']:.1%}",
            f"{ours['neutral_rate']['value']:.1%}" if "neutral_rate" in ours else "",
        )
    cases = sum(row["cases"] for row in card["behaviour"])
    passed = sum(row["passed"] for row in card["behaviour"])
    table.caption = f"behaviour: {passed:,} of {cases:,} cases pass ({passed / cases:.1%})"
    return table
