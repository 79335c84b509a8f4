"""`python -m training holdout`."""

import csv
from pathlib import Path

import click

from training import console
from training.commands import options
from training.data import split
from training.train import load_data

__all__ = ["holdout"]


@click.command()
@click.option(
    "--source",
    type=click.Choice(list(split.HELD_OUT)),
    help="Only the rows of this source.",
)
@click.option(
    "--output",
    type=options.NewFile(),
    required=True,
    help="CSV file to write: columns text, label, source.",
)
@options.cache
def holdout(source: str | None, output: Path, cache: Path) -> None:
    """Write the held-out rows, which no artifact trains on, to a CSV file."""
    table = load_data(cache, (), console.track)
    rows = table[split.test_rows(table)]
    if source is not None:
        rows = rows[rows["source"] == source]
    rows[["text", "label", "source"]].to_csv(output, index=False, quoting=csv.QUOTE_ALL)
    click.echo(f"{len(rows)} rows written to {output}")
