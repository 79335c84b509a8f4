"""`python -m training predict`."""

import os
from pathlib import Path

import click
import msgspec

from bento.model.model import Model
from training.commands import options

__all__ = ["predict"]


@click.command()
@click.argument("texts", metavar="TEXT...", nargs=-1, required=True)
@options.artifact
def predict(texts: tuple[str, ...], artifact: Path) -> None:
    """Classify each TEXT and print one JSON object per line.

    Put -- before texts that begin with a hyphen.
    """
    # Arguments that are not UTF-8 arrive as lone surrogates, which JSON cannot represent.
    decoded = [os.fsencode(text).decode(errors="replace") for text in texts]
    for text, answer in zip(decoded, Model.load(artifact).classify(decoded), strict=True):
        click.echo(msgspec.json.encode({"text": text, **msgspec.structs.asdict(answer)}))
