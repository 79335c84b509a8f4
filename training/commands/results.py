"""What becomes of the result of a command."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console

from training import console

__all__ = ["show"]


def show(
    result: Mapping[str, Any],
    html: Path | None,
    as_json: bool,
    page: Callable[[Mapping[str, Any]], str],
    print_report: Callable[[Console, Mapping[str, Any]], None],
) -> None:
    """Write the `page` of a result to a file, if there is to be one, and print the result, as JSON
    or as a report."""
    if html:
        html.write_text(page(result), encoding="utf-8")
    if as_json:
        click.echo(msgspec.json.encode(result))
    else:
        print_report(console.out, result)
