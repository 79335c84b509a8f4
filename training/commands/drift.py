"""`python -m training drift` and `reference`."""

from pathlib import Path
from typing import Any

import click

from bento.model import artifact as artifacts
from bento.model.artifact import Artifact
from bento.model.model import Model
from drift import LEAST_COMMENTS
from training import console, derived
from training.commands import options, results
from training.data import exports
from training.drift import references
from training.drift.comparison import compare, find_reference
from training.drift.page import page
from training.drift.report import TITLES, print_report
from training.drift.sample import Sample, read
from training.errors import RefusedError

__all__ = ["drift", "reference"]


@click.command()
@options.records
@options.artifact
@click.option(
    "--max-psi",
    type=options.Number(min=0),
    help="Exit with 1 if the population stability index of a measure is larger, or if there are "
    f"fewer than {LEAST_COMMENTS} comments, which tell nothing.",
)
@options.html
@options.as_json
@options.token_file
def drift(
    source: str,
    artifact: Path,
    max_psi: float | None,
    html: Path | None,
    as_json: bool,
    token_file: Path | None,
) -> None:
    """Compare recorded comments with those that the artifact was made for.

    The artifact reads each comment, in this process. Sentiment, confidence, the share of words that
    it does not know and the length are compared with its reference by the population stability
    index: from 0.1 on there is some change, from 0.25 on look for the cause.
    """
    loaded = artifacts.load(artifact)
    # What is missing should show before anything is read.
    data = find_reference(loaded.manifest)
    result = compare(loaded.manifest, data, _read(loaded, source, token_file))
    results.show(result, html, as_json, page, print_report)
    if max_psi is not None:
        _refuse(result, max_psi)


@click.command()
@click.argument("artifact", type=click.Path(file_okay=False, path_type=Path))
@options.optional_records
@options.derived_output
@options.token_file
def reference(artifact: Path, source: str | None, output: Path, token_file: Path | None) -> None:
    """Give ARTIFACT the comments that those of each day are compared with, without training.

    By default they are the held-out comments of our own; with --from they are recorded ones. The
    result answers as before, and has another digest if its comments are others.
    """
    original = artifacts.load(artifact)
    derived.check_output(original, output)
    if source is None:
        found = references.of_corpus(Model(original))
    else:
        found = references.with_recorded(original, _read(original, source, token_file))
    digest = artifacts.save(references.attach(original, found), output, arrays_from=artifact)
    click.echo(f"{digest}\n{output}")


def _read(artifact: Artifact, source: str, token_file: Path | None) -> Sample:
    token = options.read_token(token_file)
    records = exports.in_batches(exports.read(source, token))
    return read(Model(artifact), console.count(records, len, "Reading"), source)


def _refuse(result: dict[str, Any], most: float) -> None:
    if not result["enough"]:
        raise RefusedError(
            f"{result['comments']:,} comments are too few for --max-psi: it takes "
            f"{LEAST_COMMENTS:,}."
        )
    if result["index"] > most:
        worst = max(result["measures"], key=lambda each: float(each["index"]))
        raise RefusedError(
            f"The index of {TITLES[worst['measure']]} is {worst['index']:.3f}, more than {most:g}."
        )
