"""`python -m loadtest`: load tests and benchmarks."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

try:
    import click
    from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn

    from loadtest import accuracy
    from loadtest import publish as report
    from loadtest.accuracy import AccuracyError
    from loadtest.autoscale import run as autoscale
    from loadtest.autoscale.cluster import Cluster
    from loadtest.capacity import run as capacity
    from loadtest.compare import run as compare
    from loadtest.compare.contenders import CONTENDERS
    from loadtest.failures import FAILURES
    from loadtest.model_rate import run as model_rate
    from loadtest.simulate import run as simulate
    from loadtest.utilisation import run as utilisation
except ModuleNotFoundError as missing:
    sys.exit(f"loadtest: {missing.name} is not installed; `make develop` installs what this needs")

STAGES = "10:60,100:180,10:240"

F = TypeVar("F", bound=Callable[..., Any])


class _OneLine(click.Group):
    """Commands that end with one line when they cannot measure, and leave no children behind."""

    def invoke(self, ctx: click.Context) -> object:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            return super().invoke(ctx)
        except FAILURES as error:
            sys.exit(f"loadtest: {error}")


def _progress() -> Progress:
    return Progress(
        *Progress.get_default_columns()[:-1],
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        transient=True,
    )


def _rounds(default: int) -> Callable[[F], F]:
    return click.option(
        "--rounds",
        default=default,
        show_default=True,
        type=click.IntRange(1),
        help="Turns of each.",
    )


def _seconds(default: float) -> Callable[[F], F]:
    return click.option(
        "--seconds",
        default=default,
        show_default=True,
        type=click.FloatRange(1),
        help="Length of each measurement.",
    )


@click.group(cls=_OneLine, context_settings={"help_option_names": ["-h", "--help"]})
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


@main.command("capacity")
@click.option("--url", help="A gateway that runs; without it, one is started, and a Bento.")
@click.option(
    "--token", envvar="TOKEN", default="", help="For --url, if it asks for one; or TOKEN=… before."
)
@click.option(
    "--store",
    default="dynamodb",
    show_default=True,
    type=click.Choice(["dynamodb", "sqlite"]),
    help="Of the gateway that is started: DynamoDB Local, or a file.",
)
@click.option(
    "--rate",
    "rates",
    multiple=True,
    default=(100.0, 1_000.0, 10_000.0),
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="Comments/s to count pods for; may be given several times.",
)
@_seconds(6)
def capacity_command(
    url: str | None, token: str, store: str, rates: tuple[float, ...], seconds: float
) -> None:
    """Find what one gateway with one Bento carries; the pods that rates need; the price.

    Ends with 1 if no rate at all was carried.
    """
    with _progress() as bar:
        result = capacity.run(
            url=url, token=token, store=store, rates=rates, seconds=seconds, progress=bar
        )
    report.publish(result)
    sys.exit(not result.knee)


@main.command("compare")
@click.option(
    "--only",
    multiple=True,
    type=click.Choice([each.name for each in CONTENDERS]),
    help="Only this contender; may be given several times.",
)
@click.option(
    "--connections",
    multiple=True,
    default=(1, 32, 256),
    show_default=True,
    type=click.IntRange(1),
    help="Connections at once; may be given several times.",
)
@_rounds(3)
@_seconds(8)
def compare_command(
    only: tuple[str, ...], connections: tuple[int, ...], rounds: int, seconds: float
) -> None:
    """Measure Valence, the naive pipeline and other model servers in turns.

    Ends with 1 if one of them could not be measured or answered with an error.
    """
    chosen = [each for each in CONTENDERS if not only or each.name in only]
    with _progress() as bar:
        result = compare.run(
            chosen, seconds=seconds, rounds=rounds, connections=connections, progress=bar
        )
    report.publish(result)
    sys.exit(any(line.failed or line.errors for line in result.lines))


@main.command("model")
@_rounds(5)
@_seconds(2)
def model_command(rounds: int, seconds: float) -> None:
    """Measure the model by itself, against plain scikit-learn, and through the Bento."""
    with _progress() as bar:
        result = model_rate.run(seconds=seconds, rounds=rounds, progress=bar)
    report.publish(result)
    sys.exit(result.http_errors > 0)


@main.command("simulate")
@_seconds(5)
def simulate_command(seconds: float) -> None:
    """Simulate what many replicas carry, if the simulation predicts what is measured here.

    Real servers run on this machine first: some runs to calibrate with, others to check against.
    There are no answers if the predicted CPU or knee is far off.
    """
    with _progress() as bar:
        result = simulate.run(seconds=seconds, progress=bar)
    report.publish(result)


@main.command("utilisation")
@click.option(
    "--rest",
    "rests",
    multiple=True,
    default=(0.0, 1.0, 2.0, 4.0, 8.0),
    show_default=True,
    type=click.FloatRange(0, 10),
    help="Values of the gateway's REST; may be given several times.",
)
@click.option(
    "--eager",
    multiple=True,
    default=(16, 32, 64),
    show_default=True,
    type=click.IntRange(1),
    help="Values of its EAGER_COMMENTS; may be given several times.",
)
@_rounds(1)
@_seconds(5)
def utilisation_command(
    rests: tuple[float, ...], eager: tuple[int, ...], rounds: int, seconds: float
) -> None:
    """Measure the Bento's CPU against the rate of comments, for pairs of settings."""
    # Without a rest there is nothing that comments could end.
    pairs = [(rest, count) for rest in rests for count in (eager if rest else eager[:1])]
    with _progress() as bar:
        result = utilisation.run(pairs, seconds=seconds, rounds=rounds, progress=bar)
    report.publish(result)


def _stages(_: click.Context, __: click.Parameter, text: str) -> list[autoscale.Stage]:
    try:
        return autoscale.stages(text)
    except (TypeError, ValueError):
        raise click.BadParameter(f"{text!r} is not like {STAGES}") from None


@main.command("autoscale")
@click.option("--url", required=True, help="The Ingress.")
@click.option(
    "--kubeconfig",
    envvar="KUBECONFIG",
    type=click.Path(path_type=Path),
    help="The cluster; else kubectl's default.  [env var: KUBECONFIG]",
)
@click.option("--namespace", default="valence", show_default=True, help="Where Valence is.")
@click.option("--token", default="", envvar="LOCUST_TOKEN", help="With the role submit and read.")
@click.option(
    "--stages",
    default=STAGES,
    show_default=True,
    callback=_stages,
    help="Comments/s and for how many seconds.",
)
def autoscale_command(
    url: str, kubeconfig: Path | None, namespace: str, token: str, stages: list[autoscale.Stage]
) -> None:
    """Step the load through the Ingress up and down, and watch the autoscalers.

    Ends with 1 if a comment was not acknowledged.
    """
    cluster = Cluster(kubeconfig, namespace)
    with _progress() as bar:
        result = autoscale.run(url.rstrip("/"), token, cluster, stages, bar)
    report.publish(result)
    sys.exit(result.lost > 0)


@main.command("report")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def report_command(file: Path) -> None:
    """Show the result in FILE (JSON) again, and draw its picture anew."""
    report.redraw(file)


if __name__ == "__main__":
    main()
