"""`python -m training evaluate` and `holdout`: a model's measures, and the data for them."""

import csv
from pathlib import Path

import click
import msgspec

from bento.model.model import Model
from training import console
from training.commands import options
from training.data import labels, split
from training.evaluation import metrics
from training.train import load_data

__all__ = ["evaluate", "holdout"]


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@options.artifact
def evaluate(file: Path, as_json: bool, artifact: Path) -> None:
    """Measure the model on FILE, a CSV file with the columns text and label.

    Labels are 0/1 or negative/neutral/positive. If none is neutral, the answer is the more likely
    of positive and negative.
    """
    table = labels.read_csv(file)
    result = metrics.evaluate(Model.load(artifact), table)
    if as_json:
        click.echo(msgspec.json.encode(result))
    else:
        console.out.print(console.measures({file.name: result}))


@click.command()
@click.option(
    "--source",
    type=click.Choice(list(split.HELD_OUT)),
    help="Only the rows of this source.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
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
