"""`python -m gateway import`: the command line of the import."""

from __future__ import annotations

import asyncio
import csv
import sys
from pathlib import Path

import click

from gateway.importing.rows import ImportFailedError, Row, digest, import_rows, read_rows

JSON_LINES = frozenset({".jsonl", ".ndjson", ".json"})


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
    default="comment",
    show_default=True,
    help="The column of a CSV file, or member of JSON lines, with the comment.",
)
@click.option(
    "--refused",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File for the rows that are refused and why.  [default: FILE.refused.csv]",
)
def import_file(
    file: Path, url: str, token_file: Path | None, column: str, refused: Path | None
) -> None:
    """Import the comments of FILE, CSV with a header or JSON lines (.jsonl), each row once.

    A second run imports what is missing and nothing twice. Exit code 1: rows were refused; 2: the
    import did not end.
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

    token = token_file.read_text().strip() if token_file else None
    refused = refused or file.with_name(f"{file.name}.refused.csv")
    json_lines = file.suffix.lower() in JSON_LINES
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True)
    with Progress(*columns, TimeRemainingColumn(), console=console) as progress:
        try:
            reading = progress.add_task("Reading", total=file.stat().st_size)
            key = digest(file, lambda size: progress.advance(reading, size))
            rows = sum(1 for _ in read_rows(file, column, json_lines=json_lines))
            sending = progress.add_task("Importing", total=rows)
            with refused.open("w", newline="", encoding="utf-8") as opened:
                writer = csv.writer(opened)
                writer.writerow(("row", "reason", column))

                def refuse(row: Row, reason: str) -> None:
                    writer.writerow((row.number, reason, row.text))

                summary = asyncio.run(
                    import_rows(
                        read_rows(file, column, json_lines=json_lines),
                        url=url.rstrip("/"),
                        token=token,
                        key=key,
                        refuse=refuse,
                        report=lambda done: progress.advance(sending, done),
                    )
                )
        except ImportFailedError as error:
            progress.stop()
            click.echo(f"import: {error}", err=True)
            sys.exit(2)
    if not summary.refused:
        refused.unlink()
    click.echo(f"{summary.new:,} new, {summary.known:,} known, {summary.refused:,} refused")
    if summary.refused:
        click.echo(f"refused rows: {refused}")
        sys.exit(1)
