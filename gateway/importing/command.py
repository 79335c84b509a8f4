"""`python -m gateway import`: the command line of the import."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from gateway.importing.refused import RefusedRows
from gateway.importing.rows import (
    COLUMN,
    DELIMITER,
    ENCODING,
    ImportFailedError,
    Row,
    digest,
    read_rows,
)
from gateway.importing.sending import send_rows

JSON_LINES = frozenset({".jsonl", ".ndjson", ".json"})


def _delimiter(_context: click.Context, _parameter: click.Parameter, given: str) -> str:
    delimiter = "\t" if given == "tab" else given
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise click.BadParameter("must be one character, or `tab`")
    return delimiter


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--url", required=True, help="Base URL of the gateway.")
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with an access token that has the role submit.",
)
@click.option(
    "--column",
    default=COLUMN,
    show_default=True,
    help="The column of a CSV file, or member of JSON lines, with the comment.",
)
@click.option(
    "--delimiter",
    default=DELIMITER,
    show_default=True,
    callback=_delimiter,
    help="Between the cells of a CSV file: one character, or `tab`.",
)
@click.option(
    "--encoding",
    default=ENCODING,
    show_default=True,
    help="Of FILE, such as latin-1, cp1252 or utf-16.",
)
@click.option(
    "--refused",
    type=click.Path(dir_okay=False, path_type=Path),
    help="New file for the rows that are refused and why.  [default: FILE.refused.csv, which is"
    " replaced]",
)
def import_file(
    file: Path,
    url: str,
    token_file: Path | None,
    column: str,
    delimiter: str,
    encoding: str,
    refused: Path | None,
) -> None:
    """Import the comments of FILE, CSV with a header or JSON lines (.jsonl), each row once.

    A second run imports what is missing and nothing twice, if its token has the same name. Exit
    code 1: rows were refused; 2: the import did not end.
    """
    # Here, as the serving gateway needs none of them.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    def read() -> Iterator[Row]:
        json_lines = file.suffix.lower() in JSON_LINES
        return read_rows(
            file, column, json_lines=json_lines, encoding=encoding, delimiter=delimiter
        )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(*columns, TimeRemainingColumn(), console=console) as progress:
        try:
            base = _base_url(url)
            token = _read_token(token_file) if token_file else None
            with RefusedRows(file, refused, column) as refusals:
                reading = progress.add_task("Reading", total=file.stat().st_size)
                key = digest(file, column, lambda size: progress.advance(reading, size))
                total = sum(1 for _ in read())
                sending = progress.add_task("Importing", total=total)
                summary = asyncio.run(
                    send_rows(
                        read(),
                        url=base,
                        token=token,
                        key=key,
                        refuse=refusals.add,
                        report=lambda done: progress.advance(sending, done),
                        notify=lambda reason: console.print(Text(f"import: waits: {reason}")),
                    )
                )
        except ImportFailedError as error:
            progress.stop()
            click.echo(f"import: {error}", err=True)
            sys.exit(2)
    click.echo(f"{summary.new:,} new, {summary.known:,} known, {summary.refused:,} refused")
    if summary.refused:
        click.echo(f"refused rows: {refusals.path}")
        sys.exit(1)


def _base_url(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ImportFailedError(f"--url: {url} must begin with http:// or https://")
    return url.rstrip("/")


def _read_token(path: Path) -> str:
    try:
        token = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImportFailedError(f"--token-file: {path}: {error}") from None
    if not (token.isascii() and token.isprintable() and len(token.split()) == 1):
        raise ImportFailedError(f"--token-file: {path} must have one token and nothing else")
    return token
