"""`python -m training tune`."""

from pathlib import Path

import click

from bento.model import artifact as artifacts
from bento.model.model import Model
from bento.model.reference import RECORDED
from training import derived
from training import tune as tuning
from training.commands import options
from training.data import labels
from training.drift import references

__all__ = ["tune"]


@click.command()
@click.argument("source", metavar="ARTIFACT", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--neutral-bias",
    "bias",
    type=options.Number(-10, 10),
    help="Added to the log-odds of neutral: above 0 more texts are neutral, below 0 fewer. It is "
    "relative to the artifact as it was trained, however it was tuned since.",
)
@click.option(
    "--neutral-share",
    "share",
    type=options.Number(0, 1),
    help="Instead, the share of the texts in --on that is to be neutral.",
)
@click.option(
    "--on",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"CSV file with a column text and {tuning.LEAST_TEXTS} rows or more, for --neutral-share.",
)
@options.derived_output
def tune(
    source: Path, bias: float | None, share: float | None, file: Path | None, output: Path
) -> None:
    """Make ARTIFACT call more or fewer texts neutral, without training.

    The result has a digest of its own, so that each record names exactly what answered.
    """
    base = artifacts.load(source)
    if (bias is None) == (share is None) or (share is None) != (file is None):
        raise click.UsageError("Give --neutral-bias, or --neutral-share together with --on.")
    texts: list[str] = []
    if share is not None and file is not None:
        table = labels.read_table(file)
        labels.check_columns(table, ("text",), file)
        texts = list(table["text"])
        bias = tuning.bias_for_share(base, texts, share)
    derived.check_output(base, output)
    tuned = tuning.tune(base, bias or 0.0)
    model = Model(tuned.artifact)
    result = tuned.artifact
    if base.manifest.references:
        # It answers differently now, so what its comments are like is counted anew.
        result = references.attach(result, references.of_corpus(model))
    digest = artifacts.save(result, output, arrays_from=source)
    if RECORDED in base.manifest.references:
        click.echo(
            "The reference of recorded comments is gone, as the artifact answers differently now. "
            f"To make it again: python -m training reference {output} --from … --output …",
            err=True,
        )
    click.echo(f"neutral bias {bias:+.3f}")
    if texts:
        neutral = sum(answer.sentiment == "neutral" for answer in model.classify(texts))
        click.echo(f"neutral of {file}: {neutral:,} of {len(texts):,} ({neutral / len(texts):.1%})")
    click.echo(
        f"of unseen comments and posts: {tuned.neutral_recall:.1%} of the neutral ones found, "
        f"{tuned.accuracy:.1%} of the others right"
    )
    click.echo(f"{digest}\n{output}")
