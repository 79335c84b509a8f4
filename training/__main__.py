"""`python -m training`: train the model, evaluate it and classify texts."""

import csv
import os
from pathlib import Path

import click
import msgspec

from bento.model import artifact as artifacts
from bento.model.manifest import ArtifactError
from bento.model.model import Model
from bento.model.reference import RECORDED
from environment import SettingsError
from training import console, derived, tune
from training.commands import options
from training.commands.drift import drift, reference
from training.commands.registry import fetch, publish
from training.commands.replay import replay
from training.commands.train import train
from training.data import labels, split
from training.drift import references
from training.errors import DataError
from training.evaluation import metrics
from training.train import load_data


class _OneLineErrors(click.Group):
    """A command group that shows errors the user can correct in one line."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (ArtifactError, DataError, SettingsError, OSError) as error:
            raise click.ClickException(" ".join(str(error).split())) from error


@click.group(cls=_OneLineErrors, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Train the sentiment model, evaluate it and classify texts."""


for command in (train, replay, drift, reference, publish, fetch):
    cli.add_command(command)


@cli.command()
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


@cli.command()
@click.argument("texts", metavar="TEXT...", nargs=-1, required=True)
@options.artifact
def predict(texts: tuple[str, ...], artifact: Path) -> None:
    """Classify each TEXT and print one JSON object per line."""
    # Arguments that are not UTF-8 arrive as lone surrogates, which JSON cannot represent.
    decoded = [os.fsencode(text).decode(errors="replace") for text in texts]
    for text, answer in zip(decoded, Model.load(artifact).classify(decoded), strict=True):
        click.echo(msgspec.json.encode({"text": text, **msgspec.structs.asdict(answer)}))


@cli.command(name="tune")
@click.argument("source", metavar="ARTIFACT", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--neutral-bias",
    "bias",
    type=click.FloatRange(-10, 10),
    help="Added to the log-odds of neutral: above 0 more texts are neutral, below 0 fewer.",
)
@click.option(
    "--neutral-share",
    "share",
    type=click.FloatRange(0, 1),
    help="Instead, the share of the texts in --on that is to be neutral.",
)
@click.option(
    "--on",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV file with a column text, for --neutral-share.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder to write the tuned artifact to.",
)
def tune_artifact(
    source: Path, bias: float | None, share: float | None, file: Path | None, output: Path
) -> None:
    """Make ARTIFACT call more or fewer texts neutral, without training.

    The result has a digest of its own, so that each record names exactly what answered.
    """
    base = artifacts.load(source)
    if (bias is None) == (share is None) or (share is None) != (file is None):
        raise click.UsageError("Give --neutral-bias, or --neutral-share together with --on.")
    if share is not None and file is not None:
        table = labels.read_table(file)
        labels.check_columns(table, ("text",), file)
        bias = tune.bias_for_share(base, list(table["text"]), share)
    derived.check_output(base, output)
    tuned = tune.tune(base, bias or 0.0)
    if base.manifest.references:
        # It answers otherwise now, so what its comments are like is counted anew.
        tuned = references.attach(tuned, references.of_corpus(Model(tuned)))
    digest = artifacts.save(tuned, output)
    if RECORDED in base.manifest.references:
        click.echo("It has no reference of recorded comments: see `reference --help`.", err=True)
    click.echo(f"neutral bias {bias:+.3f}\n{digest}\n{output}")


@cli.command()
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


if __name__ == "__main__":
    cli(prog_name="python -m training")
