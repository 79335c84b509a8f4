"""`python -m training train`."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import click

from bento.model import artifact as artifacts
from training import console
from training.commands import options
from training.data import exports, feedback, split
from training.evaluation import gate
from training.train import load_data
from training.train import train as train_model

__all__ = ["train"]

_BASELINE = Path(__file__).parents[1] / "baseline.json"


@click.command()
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
    "given",
    multiple=True,
    metavar="URL|FILE",
    help="Users' corrections to train on as well; repeatable. The URL of a gateway, to which "
    "/comments/export is added if it is missing; or a file: an export of the API (JSON lines or "
    "CSV) or a page of GET /comments, of which the records with a `correction` count, or CSV "
    "(text,label). A tenth is held out and measured.",
)
@click.option(
    "--feedback-weight",
    "weight",
    type=options.Number(min=0, min_open=True, max=1000),
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
@options.output
@options.token_file
@options.cache
def train(
    files: tuple[Path, ...],
    given: tuple[str, ...],
    weight: float,
    force: bool,
    accept: bool,
    baseline: Path,
    output: Path,
    token_file: Path | None,
    cache: Path,
) -> None:
    """Get the data, fit the model, write the artifact and its model card.

    Rows of your own files that repeat a held-out text are left out. If the artifact is worse than
    the reference on any held-out domain or behaviour, beyond noise, it is not published: the folder
    stays as it was, and the exit code is 1.
    """
    artifacts.check_replaceable(output)
    reference = gate.read(baseline)
    with tempfile.TemporaryDirectory(prefix="valence-") as folder:
        # Errors in the corrections should show before anything else is downloaded.
        token = options.read_token(token_file)
        corrections = [_local(each, token, Path(folder, str(i))) for i, each in enumerate(given)]
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
            corrections=merged,
            reference=reference,
            force=force,
            accept=accept,
            card=True,
        )
    verdict = published.verdict
    for line in verdict.not_compared:
        click.echo(f"gate: not compared: {line}", err=True)
    if accept:
        gate.write(baseline, _lasting(published.figures))
    if verdict.worse:
        how = "accepted" if accept else "published by force"
        click.echo(f"gate: {how}, although worse than the reference: {verdict}", err=True)
    console.out.print(console.overview(published.card))
    click.echo(f"{published.artifact.digest}\n{output}\n{output / 'card.html'}")


def _local(source: str, token: str, folder: Path) -> Path:
    """The file of corrections; an export of a gateway is written to the folder."""
    if not exports.is_url(source):
        return Path(source)
    folder.mkdir()
    # The name is shown in the card.
    path = folder / f"export of {urlsplit(source).netloc}"
    with path.open("wb") as file:
        records = exports.download(source, token, file)
        for _ in console.count(records, int, "Getting corrections"):
            pass
    return path


def _lasting(figures: Mapping[str, gate.Figures]) -> dict[str, gate.Figures]:
    """The figures without those of the corrections, which are others each time."""
    return {
        name: each for name, each in figures.items() if name.partition(",")[0] != split.FEEDBACK
    }
