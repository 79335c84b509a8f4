"""`python -m training`: train the model, evaluate it, ask it."""

import os
from pathlib import Path

import click
import msgspec

from bento import settings
from bento.artifact import ArtifactError
from bento.model import Model
from training import console, labels, metrics, split
from training.errors import DataError
from training.train import load_data
from training.train import train as train_model

_CACHE = Path(__file__).parent.parent / ".data" / "cache"


class _OneLine(click.Group):
    """A command group that tells what the user can mend in one line."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (ArtifactError, DataError, settings.SettingsError, OSError) as error:
            raise click.ClickException(" ".join(str(error).split())) from error


_cache = click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=_CACHE,
    envvar="CACHE_DIR",
    show_envvar=True,
    show_default=".data/cache",
    help="Folder for downloaded data.",
)
_artifact = click.option(
    "--artifact",
    type=click.Path(file_okay=False, path_type=Path),
    default=lambda: settings.read().artifact_dir,
    show_default="$ARTIFACT_DIR or bento/artifact",
    help="Folder of the artifact.",
)


@click.group(cls=_OneLine, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Train the sentiment model, evaluate it, ask it."""


@cli.command()
@click.option(
    "--data",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="CSV file (text,label) of your own to train on as well; may be given several times.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=lambda: settings.read().artifact_dir,
    show_default="$ARTIFACT_DIR or bento/artifact",
    help="Folder the artifact is written to.",
)
@_cache
def train(files: tuple[Path, ...], output: Path, cache: Path) -> None:
    """Get the data, fit the model, write the artifact.

    Rows of your own files that repeat a held-out text are left out.
    """
    table = load_data(cache, files, console.track)
    made = train_model(table, output, console.track, files=files)
    console.out.print(console.measures(made.manifest.metrics))
    click.echo(f"{made.digest}\n{output}")


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@_artifact
def evaluate(file: Path, as_json: bool, artifact: Path) -> None:
    """Measure the model on FILE, a CSV with the columns text and label.

    Labels are 0/1 or negative/neutral/positive. Where none is neutral, the answer is the likelier
    of the two poles.
    """
    table = labels.read_csv(file)
    result = metrics.evaluate(Model.load(artifact), table)
    if as_json:
        click.echo(msgspec.json.encode(result))
    else:
        console.out.print(console.measures({file.name: result}))


@cli.command()
@click.argument("texts", metavar="TEXT...", nargs=-1, required=True)
@_artifact
def predict(texts: tuple[str, ...], artifact: Path) -> None:
    """Classify each TEXT: one JSON object a line."""
    # A shell hands over bytes that are not UTF-8 as lone surrogates, which JSON cannot carry.
    decoded = [os.fsencode(text).decode(errors="replace") for text in texts]
    for text, answer in zip(decoded, Model.load(artifact).classify(decoded), strict=True):
        click.echo(msgspec.json.encode({"text": text, **msgspec.structs.asdict(answer)}))


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
@_cache
def holdout(source: str | None, output: Path, cache: Path) -> None:
    """Write the held-out rows, which no artifact trains on, as CSV."""
    table = load_data(cache, (), console.track)
    rows = table[split.test_rows(table)]
    if source is not None:
        rows = rows[rows["source"] == source]
    rows[["text", "label", "source"]].to_csv(output, index=False)
    click.echo(f"{len(rows)} rows in {output}")


if __name__ == "__main__":
    cli(prog_name="python -m training")
