"""What the command line shows: progress bars and tables of measures."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import track as rich_track
from rich.table import Table

__all__ = ["measures", "out", "track"]

out = Console()
_progress = Console(stderr=True)


def track(items: Iterable[Any], what: str, how_many: int) -> Iterable[Any]:
    """Pass the items through, with a progress bar on standard error."""
    return rich_track(items, description=f"{what:<24}", total=how_many, console=_progress)


def measures(rows: Mapping[str, Mapping[str, Any]]) -> Table:
    """A table with one line of measures for each name."""
    table = Table(box=SIMPLE, collapse_padding=True, pad_edge=False)
    table.add_column("data", overflow="fold", min_width=15)
    for title in ("rows", "classes", "accuracy", "macro\nF1", "Brier"):
        table.add_column(title, justify="right")
    table.add_column("calib.\nerror", justify="right")
    table.add_column("called\nneutral", justify="right")
    for name, row in rows.items():
        neutral = f"{row['neutral_rate']:.1%}" if "neutral_rate" in row else ""
        table.add_row(
            name,
            f"{row['rows']:,}",
            str(row["classes"]),
            f"{row['accuracy']:.2%}",
            f"{row['macro_f1']:.4f}",
            f"{row['brier']:.4f}",
            f"{row['expected_calibration_error']:.4f}",
            neutral,
        )
    return table
