"""`python -m loadtest`: load tests and benchmarks."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

try:
    import click

    from loadtest import accuracy, publish
    from loadtest.autoscale import run as autoscale
    from loadtest.capacity import run as capacity
    from loadtest.compare import run as compare
    from loadtest.errors import LoadTestError
    from loadtest.harness import command as options
    from loadtest.ledger import run as ledger
    from loadtest.model_rate import run as model_rate
    from loadtest.simulate import run as simulate
    from loadtest.utilisation import run as utilisation
except ModuleNotFoundError as missing:
    sys.exit(f"loadtest: {missing.name} is not installed; `make develop` installs what this needs")


class _Group(click.Group):
    """Commands that end with one line if they cannot measure, and leave no children behind."""

    def invoke(self, ctx: click.Context) -> object:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            return super().invoke(ctx)
        except LoadTestError as error:
            sys.exit(f"loadtest: {error}")


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Load tests and benchmarks of a running Valence."""


@main.command("report")
@click.argument("file", type=options.FILE)
def report_command(file: Path) -> None:
    """Print the result in FILE (JSON) again, and redraw its picture."""
    publish.redraw(file)


for command in (
    *(accuracy, autoscale, capacity, compare, ledger, model_rate, simulate, utilisation),
):
    main.add_command(command.command)

if __name__ == "__main__":
    main()
