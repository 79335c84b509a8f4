"""`python -m training`: train the model, evaluate it and classify texts."""

import csv
import os
from pathlib import Path

import click
import msgspec

from bento import settings
from bento.model import artifact as artifacts
from bento.model.manifest import ArtifactError
from bento.model.model import Model
from environment import SettingsError
from training import console, tune
from training.data import feedback, labels, split
from training.errors import DataError
from training.evaluation import gate, metrics
from training.train import load_data
from training.train import train as train_model

_CACHE = Path(__file__).parent.parent / ".data" / "cache"
_BASELINE = Path(__file__).parent / "baseline.json"


class _OneLineErrors(click.Group):
    """A command group that shows errors the user can correct in one line."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (ArtifactError, DataError, SettingsError, OSError) as error:
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
    default=lambda: settings.load().bento_artifact_dir,
    show_default="$BENTO_ARTIFACT_DIR or bento/artifact",
    help="Folder of the artifact.",
)


@click.group(cls=_OneLineErrors, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Train the sentiment model, evaluate it and classify texts."""


@cli.command()
@click.option(
    "--data",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Your own CSV file (text,label) to train on as well; repeatable. If it has 200 rows or "
    "more, a tenth is held out and measured.",
)
@click.option(
    "--feedback",
    "corrections",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Users' corrections to train on as well; repeatable: an export of the API (JSON lines or "
    "CSV) or a page of GET /comments, of which the records with a `correction` count, or CSV "
    "(text,label).",
)
@click.option(
    "--feedback-weight",
    "weight",
    type=click.FloatRange(min=0, min_open=True, max=1000),
    default=feedback.WEIGHT,
    show_default=True,
    help="Weight of a correction relative to other rows.",
)
@click.option("--force", is_flag=True, help="Publish even if worse than the reference.")
@click.option(
    "--accept",
    is_flag=True,
    help="Publish, and make the new figures the reference.",
)
@click.option(
    "--baseline",
    type=click.Path(dir_okay=False, path_type=Path),
    default=_BASELINE,
    show_default="training/baseline.json",
    help="File of the reference that the gate compares with.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=lambda: settings.load().bento_artifact_dir,
    show_default="$BENTO_ARTIFACT_DIR or bento/artifact",
    help="Folder to write the artifact to.",
)
@_cache
def train(
    files: tuple[Path, ...],
    corrections: tuple[Path, ...],
    weight: float,
    force: bool,
    accept: bool,
    baseline: Path,
    output: Path,
    cache: Path,
) -> None:
    """Get the data, fit the model, write the artifact and its model card.

    Rows of your own files that repeat a held-out text are left out. If the artifact is worse than
    the reference on any held-out domain or behaviour, beyond noise, it is not published: the folder
    stays as it was, and the exit code is 1.
    """
    reference = gate.read(baseline)
    # Errors in the file should show before anything is downloaded.
    rows = feedback.read(corrections) if corrections else None
    table = load_data(cache, files, console.track)
    merged = None
    if rows is not None:
        table, merged = feedback.merge(table, rows, weight)
        click.echo(f"feedback: {merged}", err=True)
    published = train_model(
        table,
        output,
        console.track,
        files=(*files, *corrections),
        feedback=merged,
        reference=reference,
        force=force,
        accept=accept,
        card=True,
    )
    verdict = published.verdict
    for line in verdict.not_compared:
        click.echo(f"gate: not compared: {line}", err=True)
    if accept:
        gate.write(baseline, published.figures)
    if verdict.worse:
        how = "accepted" if accept else "published by force"
        click.echo(f"gate: {how}, although worse than the reference: {verdict}", err=True)
    console.out.print(console.overview(published.card))
    click.echo(f"{published.artifact.digest}\n{output}\n{output / 'card.html'}")


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@_artifact
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
@_artifact
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
    digest = tune.save(base, bias or 0.0, output)
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
@_cache
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
