"""`python -m loadtest`: load tests and benchmarks."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from loadtest import accuracy
from loadtest.accuracy import AccuracyError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Load tests and benchmarks of a running Valence."""


@main.command("accuracy")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="The gateway.")
@click.option(
    "--connections",
    default=32,
    show_default=True,
    type=click.IntRange(1, 1_000),
    help="Comments under way at once.",
)
def accuracy_command(file: Path, url: str, connections: int) -> None:
    """Post the labelled texts of FILE (CSV: text,label) and judge the records that were stored."""
    try:
        result = asyncio.run(accuracy.measure(file, url, connections))
    except AccuracyError as error:
        sys.exit(f"loadtest: {error}")
    result.show()


if __name__ == "__main__":
    main()
