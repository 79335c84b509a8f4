"""`python -m training evaluate`."""

from pathlib import Path

import click
import msgspec

from bento.model.model import Model
from training import console
from training.commands import options
from training.data import labels
from training.evaluation import metrics

__all__ = ["evaluate"]


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.as_json
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
