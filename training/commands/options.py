"""Options that several commands have."""

import math
import os
from functools import partial
from pathlib import Path

import click

from bento import settings
from training.errors import DataError

__all__ = [
    "TOKEN",
    "NewFile",
    "Number",
    "artifact",
    "as_json",
    "cache",
    "derived_output",
    "html",
    "optional_records",
    "output",
    "read_token",
    "records",
    "token_file",
]

_CACHE = Path(__file__).parents[2] / ".data" / "cache"
TOKEN = "VALENCE_TOKEN"  # noqa: S105 - the name of a variable
"""The environment variable with an access token."""


class NewFile(click.Path):
    """A file to write, whose folder exists: a command should not find that out after its work."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True, path_type=Path)

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Path:
        path = Path(value)
        if not path.parent.is_dir():
            self.fail(f"{path.parent} is not a folder.", param, ctx)
        super().convert(path, param, ctx)
        return path


class Number(click.FloatRange):
    """A finite number. `nan` is in every range of click's, and every comparison with it is false: a
    limit of `nan` would be none."""

    def convert(
        self, value: float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


cache = click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    default=_CACHE,
    envvar="CACHE_DIR",
    show_envvar=True,
    show_default=".data/cache",
    help="Folder for downloaded data.",
)
artifact = click.option(
    "--artifact",
    type=click.Path(file_okay=False, path_type=Path),
    default=lambda: settings.load().bento_artifact_dir,
    show_default="$BENTO_ARTIFACT_DIR or bento/artifact",
    help="Folder of the artifact.",
)
output = click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=lambda: settings.load().bento_artifact_dir,
    show_default="$BENTO_ARTIFACT_DIR or bento/artifact",
    help="Folder to write the artifact to.",
)
derived_output = click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder to write the new artifact to.",
)
_records = partial(
    click.option,
    "--from",
    "source",
    metavar="URL|FILE",
    help="The records: the URL of a gateway, to which /comments/export is added if it is missing, "
    "or a file with an export.",
)
records, optional_records = _records(required=True), _records()
html = click.option(
    "--html",
    type=NewFile(),
    help="File to write a page with pictures to.",
)
as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object instead of tables."
)
token_file = click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    help=f"File with an access token that has the role read, for URLs.  [default: ${TOKEN}]",
)


def read_token(path: Path | None) -> str:
    """The token of a file, or else of the environment; empty if there is none. Raises DataError if
    it is not one word."""
    origin = str(path or f"${TOKEN}")
    try:
        token = (path.read_text() if path else os.environ.get(TOKEN, "")).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text"
        raise DataError(f"{origin}: {reason}.") from None
    if (path and not token) or not token.isascii() or len(token.split()) > 1:
        raise DataError(f"{origin}: not a token, which is one word.")
    return token
