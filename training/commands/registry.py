"""`python -m training publish` and `fetch`."""

from pathlib import Path

import click

from bento import registry
from training.commands import options

__all__ = ["fetch", "publish"]


@click.command()
@click.argument("artifact", type=click.Path(file_okay=False, path_type=Path))
@click.argument("place", metavar="s3://BUCKET[/PREFIX]|FOLDER")
def publish(artifact: Path, place: str) -> None:
    """Copy the artifact in the folder ARTIFACT to a registry: an S3 bucket or a folder.

    It lies there under its digest, which is printed, and is never replaced.
    """
    digest, is_new = registry.publish(artifact, place)
    click.echo(f"{'published' if is_new else 'is there already'}: {place}", err=True)
    click.echo(digest)


@click.command()
@click.argument("digest")
@click.argument("place", metavar="s3://BUCKET[/PREFIX]|FOLDER")
@options.output
def fetch(digest: str, place: str, output: Path) -> None:
    """Copy the artifact with this DIGEST from a registry, and verify it.

    What is in the folder is replaced only then.
    """
    is_new = registry.fetch(digest, place, output)
    click.echo(f"{'fetched' if is_new else 'is there already'}: {output}", err=True)
    click.echo(digest)
